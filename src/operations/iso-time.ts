/** Returns a time in RFC 3339, as the admin API shows it. In a query, use isoTimeOf(). */
export const isoTime = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())
