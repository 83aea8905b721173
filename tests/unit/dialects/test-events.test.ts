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
    ["x-wc-webhook-topic", "action.woocommerce_ping"],
    ["x-event", "endpoint.test_event"],
    ["ce-type", "org.example.ping"],
    ["x-webhook-type", "ping"],
    ["x-hook-topic", "TEST_PING"],
    ["x-trigger", "test"],
    ["x-eventtype", "ping"],
    ["x-webhook-trigger", "webhook.test.v2"],
    ["x-action", "Testing"],
    ["x-event-types", "ping"],
    ["x-hook-event-kind", "test"],
    ["x-webhook-test", "true"],
    ["x-test-mode", "1"],
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
    [PING],
    [{ zen: "Keep it logically awesome.", hook_id: 7 }],
    [{ event: { type: "ping" } }],
    [{ event: { name: "webhook.test" }, id: "evt_1" }],
    [{ webhookEvent: "TEST" }],
    [{ triggerType: "ping" }],
    [{ hook: { event: "ping" }, sent_at: 1 }],
    [{ ping: true }],
    [{ ping: "2026-11-23T08:30:00Z" }],
    [{ test: true, timestamp: 1_780_000_000, id: "evt_1" }],
    [{ webhookTest: true }],
    [{ isTest: true, id: "evt_1" }],
    [{ test: 1 }],
    [{ test: "true" }],
    [{ event: "test.webhook.sent" }],
    [{ type: "ping.sent", id: "evt_1" }],
    [{ topic: "subscription.test" }],
    [{ eventType: "TestNotification" }],
    [{ events: [{ type: "ping" }] }],
    [{ meta: { event: "ping" }, data: {} }],
    [[{ event: "ping" }]],
    [[{ type: "test" }, { action: "ping", id: "2" }]],
    [{ data: { type: "ping" } }],
    [{ version: 1, payload: { event: { action: "ping" } } }],
    [{ event: "ping", id: "evt_1", name: "ping" }],
    [{ event: "ping", id: "evt_2", name: "Our webhook" }],
    [{ event: "ping", id: "evt_3", title: "Ping" }],
    [{ type: "webhook.test", id: "evt_4", description: "This is a test" }],
    [{ action: "test", id: "evt_5", url: "https://hooks.example/1" }],
    [{ topic: "ping", id: "evt_6", content: "pong" }],
    [{ event_type: "test", data: { id: "evt_7", name: "Test event" } }],
    [{ type: "test", id: "evt_8" }],
    [{ type: "ping", id: "evt_9", name: "Ping" }],
    [{ kind: "Test", message: "Hello" }],
    [{ event: "testing" }],
    [{ event: "test.webhook.v1" }],
    [{ type: "webhook_test_v2", data: {} }],
    [{ eventType: "TestEvent2" }],
    [{ topic: "v1/ping" }],
    [{ object_kind: "ping" }],
    [{ objectType: "test", id: "evt_1" }],
    [{ object_kind: "testing", project: { id: 1 } }],
    [{ events: ["ping"] }],
    [{ events: ["test", "webhook.test"], id: "evt_1" }],
    [{ eventTypes: ["PING"], timestamp: 1 }],
    [{ topics: ["test.event"] }],
    [{ test_mode: true }],
    [{ testMode: 1, id: "evt_1" }],
    [{ testmode: "true", created_at: "2026-11-23T08:30:00Z" }],
    [{ mode: "test", id: "evt_1" }],
    [{ is_testing: true }],
    [{ token: "Jhj5", challenge: "3eZbrw1a", type: "url_verification" }],
    [{ challenge: "3eZbrw1a" }],
    [{ event: "endpoint.validation", challenge: "a", endpoint: { id: 1 } }],
    [{ event_type: "webhook.handshake", challenge: "a", app: "b" }],
    [{ type: "CHALLENGE", challenge: "a", id: "evt_1" }],
    [[{ type: "url_verification", challenge: "a" }]],
  ])("with the body %j", (body) => expect(read(body)).toEqual({ drafts: [] }))

  it.each([
    [{ id: "1", type: "Test", name: "Der neue Golf", body: "<p>The long test</p>" }],
    [{ id: "1", type: "Test", body: "<p>A post without title</p>" }],
    [{ id: "1", headline: "Ping", type: "ping", text: "A game" }],
    [{ id: "1", type: "TEST", description: "A teaser" }],
    [{ id: "1", kind: "test", url: "https://a.example/1" }],
    [[{ id: "1", type: "test", title: "Test", content: "اختبار السيارة" }]],
  ])("but %j is an article, because only its type says so", (body) => {
    expect(read(body)).toMatchObject({ drafts: [{ value: expect.anything() }] })
  })

  it.each<[object, Record<string, string>]>([
    [{ id: "1", title: "A", type: "test" }, {}],
    [{ event: "test", article: { id: "1", title: "A" } }, {}],
    [{ id: "1", title: "A", action: "ping" }, { "x-github-event": "push" }],
    [{ id: "1", status: "deleted", type: "test" }, {}],
    [{ id: "1", title: "Ping" }, {}],
    [{ id: "1", name: "ping" }, {}],
    [{ id: "1", name: "Ping", type: "article", content: "<p>A game</p>" }, {}],
    [{ id: "1", name: "ping", type: "test", url: "https://one.example/1", content: "<p>A game</p>" }, {}],
    [{ id: "1", headline: "How fast is it?", kind: "test" }, {}],
    [{ event: "test", data: { id: "1", title: "Test", url: "https://one.example/1", text: "A test" } }, {}],
    [{ event: { type: "test" }, post: { id: "1", title: "A" } }, {}],
    [[{ id: "1", title: "A", type: "test" }], {}],
    [{ id: "1", title: "Real title", body: "<p>c</p>" }, { "x-drupal-webhooks-event": "Test" }],
    [{ id: "1", title: "A" }, { "x-shop-topic": "ping" }],
    [{ id: "1", title: "A", test_mode: true }, {}],
    [{ id: "1", title: "A", mode: "test" }, {}],
    [{ id: "1", title: "A", object_kind: "testing" }, {}],
    [{ id: "1", title: "A", events: ["ping"] }, {}],
    [{ id: "1", title: "The chess challenge", challenge: "Chess" }, {}],
    [{ id: "1", title: "A" }, { "x-trigger": "test" }],
    [{ id: "1", title: "A" }, { "x-test": "true" }],
    [{ id: "1", status: "deleted", challenge: "Chess" }, {}],
    [{ id: "1", status: "deleted", type: "testing" }, {}],
    [{ id: "1", status: "deleted", test_mode: false }, {}],
    [{ post: { id: "1", title: "A" } }, { "x-github-event": "ping" }],
  ])("unless the body has an article: %j", (body, headers) => {
    expect(read(body, headers)).toMatchObject({ drafts: [{ value: { id: "1" } }] })
  })

  it.each<[object, Record<string, string>]>([
    [{ event: "webhook.test", article: { id: "1", status: "deleted" } }, {}],
    [{ event: "ping", post: { id: "1", status: "deleted" } }, {}],
    [{ action: "test", id: "1", status: "deleted" }, {}],
    [{ event: { type: "ping" }, data: { id: "1", status: "deleted" } }, {}],
    [{ id: "1", status: "deleted" }, { "x-github-event": "ping" }],
    [{ id: "1", status: "deleted", test_mode: true }, {}],
    [{ id: "1", status: "deleted", test: true }, {}],
    [{ id: "1", status: "deleted", event: "test.webhook.v1" }, {}],
    [{ id: "1", status: "deleted", events: ["ping"] }, {}],
    [{ id: "1", status: "deleted" }, { "x-trigger": "testing" }],
    [{ id: "1", status: "deleted" }, { "x-webhook-test": "1" }],
    [{ id: "1", status: "deleted", type: "test" }, { "x-webhook-type": "test" }],
  ])("and deletes nothing: %j", (body, headers) => expect(read(body, headers)).toEqual({ drafts: [] }))

  it.each<[object, Record<string, string>]>([
    [{ zen: "Design for failure.", ref: "main" }, {}],
    [{ hook_id: 1, hook: { type: "Repository" } }, {}],
    [{ message: "test" }, {}],
    [{ pinged: true }, {}],
    [{ ping: false }, {}],
    [[{ event: "ping" }, { event: "push" }], {}],
    [{ event: "testimonial.created" }, {}],
    [{ events: ["ping", "push"] }, {}],
    [{ events: [] }, {}],
    [{ test_mode: false }, {}],
    [{ event: "tested" }, { "x-trigger": "push" }],
    [{ mode: "live", challenge: 1 }, {}],
    [{ event: "test.article.published" }, {}],
    [{ event: "shipping" }, {}],
    [{ test: 2 }, {}],
    [{ events: [{ type: "ping" }, { type: "push" }] }, {}],
    [{ event: "pinged" }, { "x-github-delivery": "ping" }],
    [{ type: ["ping"] }, { "user-agent": "ping" }],
    [{ test: true, ref: 1 }, {}],
    [{ event: "ping".repeat(100) }, {}],
  ])("unless another event is named: %j", (body, headers) => {
    const result = read(body, headers)
    const ids = "drafts" in result ? result.drafts.map(({ value }) => (value as { id?: string }).id) : []
    expect(new Set(ids)).toEqual(new Set([undefined]))
  })

  it("whatever the body is", () => {
    for (const body of [null, "ping", 1, [], ["ping"], { type: null }]) expect(isTestBody(body)).toBe(false)
  })
})
