/** The routes for partners and their keys. */
import { Hono } from "hono"
import { ChangePartner, CreatePartner, CreatePartnerKey } from "../operations/input-schemas.ts"
import {
  changePartner,
  createPartner,
  createPartnerKey,
  listPartnerKeys,
  listPartners,
  revokePartnerKey,
} from "../operations/partners.ts"
import { readBody } from "./body.ts"
import type { AdminEnv } from "./env.ts"
import { operationContext } from "./operation-context.ts"

export const partners = new Hono<AdminEnv>()
  .get("/partners", async (c) => c.json({ partners: await listPartners(operationContext(c)) }))
  .post("/partners", async (c) =>
    c.json(await createPartner(operationContext(c), await readBody(c.req.raw, CreatePartner)), 201),
  )
  .patch("/partners/:slug", async (c) => {
    const { slug } = c.req.param()
    return c.json(await changePartner(operationContext(c), slug, await readBody(c.req.raw, ChangePartner)))
  })
  .get("/partners/:slug/keys", async (c) =>
    c.json({ keys: await listPartnerKeys(operationContext(c), c.req.param("slug")) }),
  )
  .post("/partners/:slug/keys", async (c) => {
    const { slug } = c.req.param()
    return c.json(await createPartnerKey(operationContext(c), slug, await readBody(c.req.raw, CreatePartnerKey)), 201)
  })
  .delete("/partners/:slug/keys/:id", async (c) => {
    const { slug, id } = c.req.param()
    await revokePartnerKey(operationContext(c), slug, id)
    return c.body(null, 204)
  })
