/** Tests who gets an error as a page, and who as JSON. */
import { expect, test } from "vitest"
import { prefersPage } from "../../../src/http/page-preference.ts"

test.each([
  ["text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8", "Chromium"],
  ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "Firefox and Safari"],
  ["text/html, application/xhtml+xml, image/jxr, */*;q=0.5", "old Edge"],
  ["text/html", "HTML only"],
  ["application/xhtml+xml", "XHTML only"],
  ["TEXT/HTML ; Q=0.9 , */* ; q=0.8", "capital letters and spaces"],
  ["text/html;level=1;q=0.7, application/json;q=.6", "a parameter before the weight"],
  ["text/html;q=1.000, */*;q=0.999", "three digits"],
  ["*/*;q=0, text/html;q=0.1", "nothing but HTML"],
  ["image/avif, text/html;q=0.2", "pictures first"],
])("%s is a browser: %s", (accept) => expect(prefersPage(accept)).toBe(true))

test.each<[string | undefined, string]>([
  [undefined, "no header"],
  ["", "an empty header"],
  ["*/*", "curl"],
  ["text/html, */*", "HTML no more than anything"],
  ["application/json, text/plain, */*", "a script"],
  ["application/json;q=0.9, text/html;q=0.9", "the same weight"],
  ["application/rss+xml, application/atom+xml, text/html;q=0.9", "a feed reader"],
  ["text/html;q=0.8, application/feed+json", "a reader of JSON Feed"],
  ["text/html, application/problem+json", "a program that reads problems"],
  ["text/html, application/vnd.example.v2+json", "a program with its own type"],
  ["text/html, text/xml", "a reader of XML"],
  ["text/html, application/rdf+xml", "a reader of RSS 1.0"],
  ["text/html, text/x-opml", "a reader of lists"],
  ["text/html;q=0, */*", "everything but HTML"],
  ["text/html;q=2, */*;q=0.8", "a weight above 1"],
  ["text/html;q=high, */*;q=0.1", "a weight that is no number"],
  ["text/htmlx, text/*", "other types"],
  ["image/*", "pictures"],
])("%s is a program: %s", (accept) => expect(prefersPage(accept)).toBe(false))
