/** An entry that is not kept, and why, as in "it is a link". */
export type LeftOut = { name: string; why: string };
