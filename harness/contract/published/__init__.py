"""The contract as a page, as JSON, as OpenAPI and as ABNF."""
