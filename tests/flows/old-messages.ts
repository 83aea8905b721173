/** Writes messages into the log in D1, without the push endpoint. */
import { env } from "cloudflare:workers"

/** Adds an attempt and a delivery for each message. */
export const addMessages = (total: number, at: number) =>
  env.DB.batch([
    env.DB.prepare(
      `with recursive n(i) as (select 1 union all select i + 1 from n where i < ?)
       insert into attempts (publisher_uid, received_at, endpoint, delivery_id, authentication, message_at, headers, body_sha256, size_in_bytes, status, ms)
       select 'x', ?, '', 'old-' || i, 'v1', 0, '{}', '', 0, 200, 0 from n`,
    ).bind(total, at),
    env.DB.prepare(
      `with recursive n(i) as (select 1 union all select i + 1 from n where i < ?)
       insert into deliveries (publisher_uid, id, batch_id, body_sha256, received_at, message_at, entries, outcomes, unchanged)
       select 'x', hex(randomblob(8)), '', '', ?, 0, '[]', '[]', 0 from n`,
    ).bind(total, at),
  ])
