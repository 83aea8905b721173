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
  // Names, folders and parameters that look like sizes.
  ["/map-w2024.png", "/map-w2025.png"],
  ["/chart-2025w.png", "/chart-2026w.png"],
  ["/standings-w12.png", "/standings-w13.png"],
  ["/match-2x1.jpg", "/match-3x1.jpg"],
  ["/room-10x12.jpg", "/room-12x14.jpg"],
  ["/table_4x4.jpg", "/table_4x6.jpg"],
  ["/tee-small.jpg", "/tee-large.jpg"],
  ["/pizza_medium.jpg", "/pizza_big.jpg"],
  ["/s2024/team.jpg", "/s2025/team.jpg"],
  ["/2x1/goal.jpg", "/3x1/goal.jpg"],
  ["/c=paris/tower.jpg", "/c=london/tower.jpg"],
  ["/e_north/view.jpg", "/e_south/view.jpg"],
  ["/size/38/shoe.jpg", "/size/40/shoe.jpg"],
  ["/w/38/x.jpg", "/v/38/x.jpg"],
  ["/photo.jpg?t=1", "/photo.jpg?t=2"],
  ["/photo.jpg?v=a", "/photo.jpg?v=b"],
  ["/photo.jpg?f=front", "/photo.jpg?f=back"],
  ["/photo.jpg?s=7", "/photo.jpg?s=8"],
  ["/photo.jpg?mode=day", "/photo.jpg?mode=night"],
  ["/photo.jpg?hash=1&w=50", "/photo.jpg?hash=2&w=50"],
  ["/IMG_a.jpg", "/IMG_A.jpg"],
  ["/Photos/x.jpg", "/photos/x.jpg"],
  ["/photo.jpg?id=abC", "/photo.jpg?id=abc"],
  ["https://i.ytimg.com/vi/aaaaaaaaaaa/hqdefault.jpg", "https://i.ytimg.com/vi/bbbbbbbbbbb/hqdefault.jpg"],
  ["https://i.ytimg.com/vi/aaaaaaaaaaa/1.jpg", "https://i.ytimg.com/vi/aaaaaaaaaaa/2.jpg"],
  ["https://pbs.twimg.com/media/A1?format=jpg&name=small", "https://pbs.twimg.com/media/B1?format=jpg&name=small"],
  ["/show.jpg?name=ali", "/show.jpg?name=sara"],
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
  ["/tee-small.jpg", "/tee.jpg"],
  ["/y-thumb.jpg", "/y-large.jpg"],
  ["/y-300x200.jpg", "/y-1024x683.jpg"],
  ["/y-w768.jpg", "/y-1920w.jpg"],
  ["/Y.JPG", "/Y.jpg"],
  ["/w_300,c_fill/y.jpg", "/q_auto,w_900/y.jpg"],
  ["/y.jpg?v=2", "/y.jpg"],
  ["/y.jpg?v=1699999999", "/y.jpg?v=1700000000"],
  ["/y.jpg?width=140&s=a1", "/y.jpg?width=460&s=b2"],
  ["/s1600/y.jpg", "/s320-c/y.jpg"],
  // Well-known programs and hosts.
  ["/sites/default/files/styles/large/public/2024-01/y.jpg?itok=aBcDeFgh", "/sites/default/files/2024-01/y.jpg"],
  ["/files/styles/teaser/public/y.jpg?itok=aBcDeFgh", "/files/styles/full_16_9/public/y.jpg?itok=zYxWvUts"],
  ["/content/images/size/w600/2024/05/y.jpg", "/content/images/2024/05/y.jpg"],
  ["/content/images/size/w600/format/webp/2024/y.jpg", "/content/images/size/w1000/2024/y.jpg"],
  ["https://live.staticflickr.com/65535/53001_a1b2_z.jpg", "https://live.staticflickr.com/65535/53001_a1b2_b.jpg"],
  ["https://live.staticflickr.com/65535/53001_a1b2_3k.jpg", "https://live.staticflickr.com/65535/53001_a1b2.jpg"],
  ["/wikipedia/commons/thumb/a/ab/Y.jpg/640px-Y.jpg", "/wikipedia/commons/a/ab/Y.jpg"],
  ["/wikipedia/commons/thumb/a/ab/Y.jpg/640px-Y.jpg", "/wikipedia/commons/thumb/a/ab/Y.jpg/1280px-Y.jpg"],
  ["https://i.ytimg.com/vi/aaaaaaaaaaa/hqdefault.jpg", "https://i.ytimg.com/vi/aaaaaaaaaaa/maxresdefault.jpg"],
  ["https://i.ytimg.com/vi_webp/aaaaaaaaaaa/sddefault.webp", "https://img.youtube.com/vi/aaaaaaaaaaa/0.jpg"],
  ["https://lh3.googleusercontent.com/a1B2=w600-h400", "https://lh3.googleusercontent.com/a1B2=s0"],
  ["https://blogger.googleusercontent.com/img/a/A1=s320", "https://blogger.googleusercontent.com/img/a/A1=s1600"],
  [
    "https://static.wixstatic.com/media/a1~mv2.jpg/v1/fill/w_60,h_40/a1~mv2.jpg",
    "https://static.wixstatic.com/media/a1~mv2.jpg",
  ],
  [
    "https://cdn.shopify.com/s/files/1/y_600x.jpg?v=17",
    "https://cdn.shopify.com/s/files/1/y_1200x800_crop_center.jpg?v=17",
  ],
  ["https://pbs.twimg.com/media/A1?format=jpg&name=small", "https://pbs.twimg.com/media/A1?format=jpg&name=orig"],
  ["/v2/resize:fit:700/1*aB3cD4eF5g.png", "/v2/resize:fit:1400/1*aB3cD4eF5g.png"],
  ["/ace/240/cpsprodpb/12ab34cd56ef.jpg", "/ace/976/cpsprodpb/12ab34cd56ef.jpg"],
] as const

test.each(TWO)("%s and %s are two pictures", (one, other) => {
  expect([isSamePicture(whole(one), whole(other)), isSamePicture(whole(other), whole(one))]).toEqual([false, false])
})

test.each(ONE)("%s and %s are one picture", (one, other) => {
  expect([isSamePicture(whole(one), whole(other)), isSamePicture(whole(other), whole(one))]).toEqual([true, true])
})

test("only beside each other, numbers of folders may be widths", () => {
  expect(isCopy(`${HOST}/100/photo.jpg`, `${HOST}/300/photo.jpg`)).toBe(true)
  expect(isCopy(`${HOST}/images/100/photo.jpg`, `${HOST}/images/1000/photo.jpg`)).toBe(true)
  expect(isCopy(`${HOST}/100/photo.jpg`, `${HOST}/300/other.jpg`)).toBe(false)
  for (const list of ["match", "game", "room", "story", "player", "race", "page"])
    expect(isCopy(`${HOST}/${list}/120/score.jpg`, `${HOST}/${list}/480/score.jpg`)).toBe(false)
})
