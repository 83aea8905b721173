/** Tests whether a body has a picture in any size: the same path without sizes and without query. */
import { expect, test } from "vitest"
import { hasPicture } from "../../../src/html/body-pictures.ts"

const A = "https://paper.example/2026/ferry.jpg"

test.each([
  [A, true],
  ["https://paper.example/2026/ferry-300x200.jpg", true],
  ["https://paper.example/2026/ferry.jpg?w=600", true],
  ["https://paper.example/2026/ferry.jpg?x=1", true],
  ["https://paper.example/2026/ferry.jpg?id=17&amp;v=2", true],
  ["https://paper.example/2026/ferry-scaled.jpg?3", true],
  ["https://i0.wp.com/paper.example/2026/ferry.jpg?resize=300", true],
  ["https://paper.example/2025/ferry.jpg", false],
  ["https://paper.example/2026/ferry-2.jpg", false],
  ["https://other.example/2026/ferry.jpg", false],
])("a body with %s: %j", (source, isFound) => {
  expect(hasPicture(`<p>Text</p><img src="${source}" alt="" />`, A)).toBe(isFound)
})

test.each([
  ["https://paper.example/image.php?id=7", "https://paper.example/image.php?id=7", true],
  ["https://paper.example/image.php?id=7", "https://paper.example/image.php?id=8", false],
  ["https://paper.example/image.php", "https://paper.example/image.php?id=8", false],
])("a program gives another picture for another query: %s, %s", (source, address, isFound) => {
  expect(hasPicture(`<img src="${source}" />`, address)).toBe(isFound)
})
