/** Makes the problem of a name that another publisher, section, partner or source already has. */
import { Problem } from "../http/problem.ts"
import { messageMatches } from "../log/error-causes.ts"

/** @param member is the member of the body that contains the name */
export function nameConflict(noun: string, name: string, member = "slug"): Problem {
  return new Problem("conflict", `There is a ${noun} ${name} already.`, [{ pointer: `/${member}`, detail: "is taken" }])
}

/** Turns a failed unique constraint into a conflict, because another request may take the name after the check. */
export function conflictHandler(noun: string, name = "", member = "slug"): (error: unknown) => never {
  return (error) => {
    throw messageMatches(error, /UNIQUE constraint failed/) ? nameConflict(noun, name, member) : error
  }
}
