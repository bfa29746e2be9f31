"""What describes an account to its clients: users, pipelines, fields, lists to choose from, webhooks."""
