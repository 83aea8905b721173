/** Times as the admin API shows them. */

/** RFC 3339. */
export const isoTime = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())
