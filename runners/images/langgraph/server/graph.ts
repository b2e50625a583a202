import { type BaseMessage, SystemMessage } from '@langchain/core/messages';
import type { RunnableConfig } from '@langchain/core/runnables';
import { END, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt';
import { ChatOpenAI } from '@langchain/openai';
import { modelErrorNames, type RunSettings } from './settings.ts';
import { makeTools } from './tools.ts';

/**
 * A ReAct agent: the model is asked, the tools that it calls are run, and so on until it calls none. LangGraph's server
 * calls this for each run.
 */
export function graph({ configurable }: RunnableConfig) {
  const settings = configurable?.['rune'] as RunSettings;
  const tools = makeTools(settings);
  const model = tools.length === 0 ? chatModel(settings) : chatModel(settings).bindTools(tools);
  const instruction = settings.systemPrompt === '' ? [] : [new SystemMessage(settings.systemPrompt)];

  const askModel = async ({ messages }: { messages: BaseMessage[] }) => {
    const answer = await model.invoke([...instruction, ...messages]).catch((error: unknown) => {
      throw blameModel(error);
    });
    return { messages: [answer] };
  };
  return new StateGraph(MessagesAnnotation)
    .addNode('model', askModel)
    .addNode('tools', new ToolNode(tools))
    .addEdge(START, 'model')
    .addConditionalEdges('model', toolsCondition, ['tools', END])
    .addEdge('tools', 'model')
    .compile();
}

function chatModel({ model, baseURL, temperature, seed, timeoutMilliseconds }: RunSettings): ChatOpenAI {
  return new ChatOpenAI({
    model,
    configuration: { baseURL },
    apiKey: 'unused',
    // A call that failed is the run's end: what is measured is the first try.
    maxRetries: 0,
    timeout: timeoutMilliseconds,
    // A stream that stays empty shows that the backend hangs; a whole answer is silent until it is complete.
    streaming: true,
    ...(temperature === undefined ? {} : { temperature }),
    ...(seed === undefined ? {} : { modelKwargs: { seed } }),
  });
}

function blameModel(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const message = error.message.replace(/\s*Troubleshooting URL:.*/s, '');
  const reason = error.cause instanceof Error ? error.cause.message : '';
  const blamed = new Error(message.includes(reason) ? message : `${message} (${reason})`, { cause: error });
  blamed.name = error.name === 'TimeoutError' ? modelErrorNames.timedOut : modelErrorNames.failed;
  return blamed;
}
