/** Tests that pages load pictures, sounds and films by https only. */
import { expect, test } from "vitest"
import { secureUrl, withSecureMedia } from "../../../src/site/secure-media.ts"

const own = { feedsUrl: "http://localhost:8787" }

test.each([
  ["http://one.example/a.jpg", "https://one.example/a.jpg"],
  ["HTTP://one.example/a.jpg", "https://one.example/a.jpg"],
  ["https://one.example/a.jpg?of=http://two.example/", "https://one.example/a.jpg?of=http://two.example/"],
  ["http://one.example/a.jpg?of=http://two.example/", "https://one.example/a.jpg?of=http://two.example/"],
  ["http://localhost:8787/images/a.jpg", "http://localhost:8787/images/a.jpg"],
  ["http://localhost:87871/images/a.jpg", "https://localhost:87871/images/a.jpg"],
  ["data:image/png;base64,AA", undefined],
  ["ftp://one.example/a.jpg", undefined],
  ["", undefined],
  [undefined, undefined],
])("%s is loaded from %s", (url, secure) => expect(secureUrl(url, own)).toBe(secure))

test.each([
  ['<img src="http://a.example/1.jpg" alt="1">', '<img src="https://a.example/1.jpg" alt="1">'],
  [
    '<img alt="see http://a.example/" src="http://a.example/1.jpg">',
    '<img alt="see http://a.example/" src="https://a.example/1.jpg">',
  ],
  [
    '<img src="https://a.example/1.jpg" srcset="http://a.example/1.jpg 1x, http://a.example/2.jpg 2x">',
    '<img src="https://a.example/1.jpg" srcset="https://a.example/1.jpg 1x, https://a.example/2.jpg 2x">',
  ],
  [
    '<picture><source srcset="http://a.example/1.avif"><img src="http://a.example/1.jpg"></picture>',
    '<picture><source srcset="https://a.example/1.avif"><img src="https://a.example/1.jpg"></picture>',
  ],
  [
    '<video poster="http://a.example/1.jpg" src="http://a.example/1.mp4" controls=""></video>',
    '<video poster="https://a.example/1.jpg" src="https://a.example/1.mp4" controls=""></video>',
  ],
  ['<audio src="http://a.example/1.mp3"></audio>', '<audio src="https://a.example/1.mp3"></audio>'],
  ['<track src="http://a.example/1.vtt">', '<track src="https://a.example/1.vtt">'],
  ['<img src="http://localhost:8787/images/1.jpg">', '<img src="http://localhost:8787/images/1.jpg">'],
  ['<img src="https://a.example/?of=http://b.example/">', '<img src="https://a.example/?of=http://b.example/">'],
  ['<a href="http://a.example/">http://a.example/</a>', '<a href="http://a.example/">http://a.example/</a>'],
  ['<p>src="http://a.example/"</p>', '<p>src="http://a.example/"</p>'],
])("%s is shown as %s", (html, secure) => expect(withSecureMedia(html, own)).toBe(secure))
