/** The exported functions of the search that read text, with the arguments that contain it. */

import { canonicalQuery } from "../../../src/articles/search/canonical-query.ts"
import {
  formsExpression,
  isLongPrefix,
  otherFormsExpression,
  parseQuery,
  type Term,
  termExpression,
} from "../../../src/articles/search/parse-query.ts"
import { markTerms, snippetOf } from "../../../src/articles/search/snippet.ts"
import { formsOf, formsOfName } from "../../../src/articles/search/word-forms.ts"
import { isRefused } from "../../../src/articles/search/word-lists.ts"
import { forEachWord, lastLetterAt, wordsOf, wordsOfWrittenWord } from "../../../src/articles/search/words.ts"
import { exportsOf, over, type Subject } from "./subject.ts"

// The functions are imported without types, because each function gets only the members that it reads.
const { canonicalSearch, searchQuery } = await exportsOf("articles/search/query-parameter.ts")
const { articleSnippet } = await exportsOf("articles/search/article-snippet.ts")
const PUBLISHER_A = { publishers: [{ uid: "a", redistribution: "full" }] }

/** Terms from the beginning and the end of a text, terms from everywhere, and a term that is not in the text. */
const termsOf = (text: string): Term[] =>
  [text.slice(0, 3), text.slice(0, 40), text.slice(-20), "x", "a", "a a", "a a a", "a a a a", "absent"].flatMap(
    (words): Term[] => {
      const found = wordsOf(words)
      return found.length === 0 ? [] : [{ words: found, isPrefix: false }]
    },
  )

export const SEARCH_FUNCTIONS: readonly Subject[] = [
  ...over(formsOf, formsOf),
  ...over(isRefused, (text) => isRefused(text, text)),
  ...over(formsOfName, (text) => formsOfName(["ابو", text])),
  ...over(parseQuery, parseQuery),
  ...over(termExpression, (text) => termExpression({ words: [text], isPrefix: true })),
  ...over(
    otherFormsExpression,
    (text) => otherFormsExpression([{ words: [text], isPrefix: false, forms: [text] }]) ?? "",
  ),
  ...over(formsExpression, (text) => formsExpression({ words: [text], isPrefix: false, forms: [text] })),
  ...over(isLongPrefix, (text) => isLongPrefix({ words: [text], isPrefix: true })),
  ...over(markTerms, (text) => markTerms(`a ${text}`, termsOf(text))),
  ...over(snippetOf, (text) => snippetOf(`a ${text}`, termsOf(text))),
  ...over(forEachWord, (text) => forEachWord(text, () => false)),
  ...over(lastLetterAt, (text) => lastLetterAt(text, 0, text.length)),
  ...over(wordsOfWrittenWord, wordsOfWrittenWord),
  ...over(wordsOf, wordsOf),
  ...over(searchQuery, (text) => searchQuery([text], "q")),
  ...over(canonicalSearch, (text) => canonicalSearch([text], "q")),
  ...over(canonicalQuery, (text) => canonicalQuery({ terms: termsOf(text), excluded: termsOf(text) })),
  ...over(articleSnippet, (text) =>
    articleSnippet({ publisherUid: "a", html: `<p>a ${text}</p>` }, PUBLISHER_A, { terms: termsOf(text) }),
  ),
]
