/** What was said and the caller did not hear any more: struck out, and told to those who do not see that. */
export function Unheard({ words }: { words: string }) {
  if (words === '') return null;
  return (
    <s>
      <span className="sr-only"> Not heard: </span>
      {words}
    </s>
  );
}
