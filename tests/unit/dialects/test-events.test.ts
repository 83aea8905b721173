import { describe, expect, it } from "vitest"
import { readMapped } from "../../../src/dialects/read-mapped.ts"
import { GENERAL_MAPPING } from "../../../src/dialects/senders.ts"
import { hasTestHeader, isTestBody } from "../../../src/dialects/test-events.ts"

/** What GitHub sends for a new webhook: https://docs.github.com/en/webhooks/webhook-events-and-payloads#ping */
const PING = { zen: "Design for failure.", hook_id: 1, hook: { type: "Repository", id: 1, events: ["push"] } }
const read = (body: unknown, headers: Record<string, string> = {}) =>
  readMapped(body, new Headers(headers), GENERAL_MAPPING)

describe("a test event has no article and is no error", () => {
  it.each([
    ["x-github-event", "ping"],
    ["x-gitea-event", "ping"],
    ["x-forgejo-event", "ping"],
    ["x-gogs-event", "ping"],
    ["x-event-key", "diagnostics:ping"],
    ["x-strapi-event", "trigger-test"],
    ["x-drupal-webhooks-event", "Test"],
    ["x-event-type", "webhook.test"],
    ["webhook-event", "test_event"],
    ["x-wc-webhook-topic", "webhook.ping"],
  ])("with the header %s: %s", (name, value) => {
    expect(hasTestHeader(new Headers({ [name]: value }))).toBe(true)
    expect(read(PING, { [name]: value })).toEqual({ drafts: [] })
  })

  it.each([
    [{ event: "trigger-test", createdAt: "2026-11-23T08:30:00Z" }],
    [{ type: "test-trigger", secret: null, domain: "a" }],
    [{ type: "ping", timestamp: "2026-11-23T08:30:00Z", data: {} }],
    [{ type: "webhook.test", data: { id: "msg_1" } }],
    [{ action: "ping", id: "evt_1" }],
    [{ event_type: "TEST" }],
    [{ triggerType: "x", topic: "endpoint.ping" }],
    [{ event_name: "test_connection", items: [] }],
    [{ test: true }],
  ])("with the body %j", (body) => expect(read(body)).toEqual({ drafts: [] }))

  it.each<[object, Record<string, string>]>([
    [{ id: "1", title: "A", type: "test" }, {}],
    [{ event: "test", article: { id: "1", title: "A" } }, {}],
    [{ id: "1", title: "A", action: "ping" }, { "x-github-event": "push" }],
    [{ id: "1", status: "deleted", type: "test" }, {}],
  ])("unless the body has an article: %j", (body, headers) => {
    expect(read(body, headers)).toMatchObject({ drafts: [{ value: { id: "1" } }] })
  })

  it.each<[object, Record<string, string>]>([
    [PING, {}],
    [PING, { "x-github-event": "push" }],
    [{ event: "testimonial.created" }, {}],
    [{ event: "pinged" }, { "x-github-delivery": "ping" }],
    [{ type: ["ping"] }, { "user-agent": "ping" }],
    [{ test: true, ref: 1 }, {}],
    [{ event: "ping".repeat(100) }, {}],
  ])("unless another event is named: %j", (body, headers) => {
    const result = read(body, headers)
    expect("drafts" in result ? result.drafts.map(({ value }) => (value as { id?: string }).id) : []).toEqual([
      undefined,
    ])
  })

  it("whatever the body is", () => {
    for (const body of [null, "ping", 1, [], ["ping"], { type: null }]) expect(isTestBody(body)).toBe(false)
  })
})
