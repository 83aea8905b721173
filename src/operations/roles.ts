/** Defines the roles of operators. Pure. */
import { operators } from "../db/operator-schema.ts"

export type Role = typeof operators.$inferSelect.role

/** The roles, the one with most rights first. Each role may do all that the roles after it may do. */
export const ROLES: readonly Role[] = operators.role.enumValues

export const hasRights = (role: Role, needed: Role): boolean => ROLES.indexOf(role) <= ROLES.indexOf(needed)

/** Who acts: an operator by name, or a client with ADMIN_TOKEN. */
export interface Actor {
  name: string
  role: Role
}

/** The name of an operator is a slug, so no operator can have this name. */
export const SHARED_TOKEN_ACTOR: Actor = { name: "shared token", role: "owner" }
