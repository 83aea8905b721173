/** Addresses of one picture, and addresses of two. */
import { expect, test } from "vitest"
import { isCopy, isSamePicture } from "../../../src/html/same-picture.ts"

const HOST = "https://a.example"
const whole = (address: string): string => (address.startsWith("https:") ? address : HOST + address)

/** What an address says beside the picture: a page, a replacement, a part, or the number of another picture. */
const TWO = [
  ["/1.jpg?from=https://b.example/news/5", "/2.jpg?from=https://b.example/news/5"],
  ["/img.php?id=1&back=https://b.example/", "/img.php?id=2&back=https://b.example/"],
  ["/show?n=1&redirect=http%3A%2F%2Fb.example%2Fx", "/show?n=2&redirect=http%3A%2F%2Fb.example%2Fx"],
  ["/1.png#https://b.example/x.png", "/2.png#https://b.example/x.png"],
  ["/1.jpg?fallback=https://b.example/none.png", "/2.jpg?fallback=https://b.example/none.png"],
  ["/photo/7?default=https%3A%2F%2Fb.example%2Fd.png&id=1", "/photo/7?default=https%3A%2F%2Fb.example%2Fd.png&id=2"],
  ["/a/1.webp?referer=https://b.example/1.jpg", "/a/2.webp?referer=https://b.example/1.jpg"],
  ["/go/https://b.example/news?p=1", "/go/https://b.example/news?p=2"],
  ["/fetch/https://b.example/y.jpg?id=1", "/fetch/https://b.example/y.jpg?id=2"],
  ["/resize?url=https%3A%2F%2Fb.example%2Fshow%3Fid%3D1", "/resize?url=https%3A%2F%2Fb.example%2Fshow%3Fid%3D2"],
  ["/photo.jpg?id=1", "/photo.jpg?page=2"],
  ["/photo.jpg?no=4", "/photo.jpg"],
  ["/photo.jpg?view=front", "/photo.jpg?side=back"],
  ["/p.jpg?a=x&n=1", "/p.jpg?a=x"],
  ["/images/100/photo.jpg", "/images/300/photo.jpg"],
  ["/images/100/photo.jpg", "/images/1000/photo.jpg"],
  ["/rooms/30/view.webp", "/rooms/900/view.webp"],
  ["/48/cover.png", "/768/cover.png"],
  ["/2020/main.jpg", "/640/main.jpg"],
] as const

const ONE = [
  ["/y.jpg?w=400", "/y.jpg"],
  ["/y.jpg?itok=Xa3-b", "/y.jpg"],
  ["/y.jpg?1699999999", "/y.jpg?w=300"],
  ["/y.jpg?w=60#top", "/y.jpg"],
  ["https://i.example/?url=https%3A%2F%2Fa.example%2Fy.jpg&w=60", "/y.jpg"],
  ["https://i.example/r?width=60&src=https://a.example/y.png&v=2", "/y.png"],
  ["/cdn-cgi/image/width=60/https://a.example/a/y.jpg", "/a/y.jpg"],
  ["/fetch/w_60/https%3A%2F%2Fs3.example%2Fy.jpg%3Fid%3D3", "https://s3.example/y.jpg?id=3"],
  ["/1.jpg?from=https://b.example/news/5&w=9", "/1.jpg?from=https://b.example/news/5&w=99"],
  ["/max/30/y.jpeg", "/max/2000/y.jpeg"],
  ["/lqip/y.jpg", "/y.jpg"],
  ["/blurred/y.jpg", "/large/y.jpg"],
  ["/resize/640/y.jpg", "/resize/1280/y.jpg"],
] as const

test.each(TWO)("%s and %s are two pictures", (one, other) => {
  expect([isSamePicture(whole(one), whole(other)), isSamePicture(whole(other), whole(one))]).toEqual([false, false])
})

test.each(ONE)("%s and %s are one picture", (one, other) => {
  expect([isSamePicture(whole(one), whole(other)), isSamePicture(whole(other), whole(one))]).toEqual([true, true])
})

test("only beside each other, numbers of folders may be widths", () => {
  expect(isCopy(`${HOST}/100/photo.jpg`, `${HOST}/300/photo.jpg`)).toBe(true)
  expect(isCopy(`${HOST}/100/photo.jpg`, `${HOST}/300/other.jpg`)).toBe(false)
})
