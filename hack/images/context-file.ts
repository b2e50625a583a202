/** Whether the image of an agent may be made of a file of its folder: of no test, and of nothing that only builds it. */
export function isContextFile(path: string): boolean {
  return !/^(Dockerfile|agent\.yaml|stage\.(sh|ts))$|\.test\.\w+$|(^|\/)(testing|node_modules|__pycache__)\//.test(
    path,
  );
}
