/** Words that say nothing of what is looked for. */
const IDLE = new Set([
  "办理",
  "申请",
  "如何",
  "怎么",
  "怎样",
  "哪里",
  "需要",
  "什么",
  "我要",
  "想要",
  "业务",
  "事项",
  "服务",
]);

/** Begin or end of most items' names: a search that is led by them reads far more than it returns. */
const COMMON = new Set(["登记", "许可", "申领", "证书", "新办", "设立", "佛山", "山市", "市政", "政府"]);

const GRAM_MIN = 2;
const GRAM_MAX = 3;

const segmenter = new Intl.Segmenter("zh", { granularity: "word" });

/** The words of a question that can be looked for: two characters or more, without those that say nothing. */
export const wordsOf = (question: string): string[] => {
  const all = [...segmenter.segment(question.normalize("NFKC").toLowerCase())]
    .filter(({ isWordLike }) => isWordLike)
    .map(({ segment }) => segment);
  const told = all.filter((word) => word.length >= GRAM_MIN && !IDLE.has(word));
  // Nothing but single characters or idle words: look for the whole of it.
  const whole = question.normalize("NFKC").toLowerCase().replace(/\s+/g, "");
  const words = told.length > 0 ? told : whole.length >= GRAM_MIN ? [whole] : [];
  return [...new Set(words)];
};

/** Every run of two or three characters within the parts of a text: what a word is looked up by. */
export const gramsOf = (text: string): string[] => {
  const parts = text
    .normalize("NFKC")
    .toLowerCase()
    .split(/[\s\p{P}\p{S}]+/u);
  const grams = new Set<string>();
  for (const part of parts)
    for (let size = GRAM_MIN; size <= GRAM_MAX; size++)
      for (let start = 0; start + size <= part.length; start++) grams.add(part.slice(start, start + size));
  return [...grams];
};

/** The gram that leads to what a question looks for: of the longest word, and not one that most names have. */
export const leadingGram = (words: readonly string[]): string | undefined => {
  const grams = words.map((word) => word.slice(0, GRAM_MAX));
  const rare = grams.filter((gram) => !COMMON.has(gram));
  return (rare.length > 0 ? rare : grams).sort((a, b) => b.length - a.length)[0];
};
