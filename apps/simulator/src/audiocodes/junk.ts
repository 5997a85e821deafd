/** Things that a bot has to survive: broken text, and messages and events it has never heard of. */
export const JUNK: readonly ((conversationId: string) => string | Uint8Array)[] = [
  () => 'hello there',
  () => '{"type":"userStream.chunk","audioChunk":',
  () => '[]',
  () => 'null',
  (conversationId) => JSON.stringify({ type: 'playStream.mark.reached', conversationId, markId: 'm1' }),
  (conversationId) =>
    JSON.stringify({ type: 'some.future.message', conversationId, value: { deep: [1, 2, 3] } }),
  (conversationId) =>
    JSON.stringify({
      type: 'activities',
      conversationId,
      activities: [{ type: 'event', name: 'someFutureEvent' }],
    }),
  (conversationId) => JSON.stringify({ type: 'activities', conversationId }),
  (conversationId) => JSON.stringify({ type: 'userStream.chunk', conversationId }),
  (conversationId) => JSON.stringify({ conversationId }),
];
