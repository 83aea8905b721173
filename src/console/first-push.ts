/** Writes the command that signs and sends a first article (Standard Webhooks, "Signature scheme"). Pure. */

/** @returns a script for sh with openssl and curl, with all its values filled in */
export const firstPush = (wire: string, publisher: string, secret: string): string => `WIRE=${wire}
PUBLISHER=${publisher}
SECRET=${secret}

key=$(printf '%s' "\${SECRET#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \\n')
id=msg_$(openssl rand -hex 16)
ts=$(date +%s)
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
body='{"type":"article.published","timestamp":"'$now'","data":{"id":"first","title":"A first article","content_html":"<p>It works.</p>","date_published":"'$now'","language":"en"}}'
signature=$(printf '%s' "$id.$ts.$body" |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)
curl -sS --fail-with-body "$WIRE/push/$PUBLISHER" -H 'content-type: application/json' \\
  -H "webhook-id: $id" -H "webhook-timestamp: $ts" -H "webhook-signature: v1,$signature" --data-binary "$body"
`
