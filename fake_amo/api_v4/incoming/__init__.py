"""Leads as they come in: whole with contact and company, by telephone, from forms, from chats."""
