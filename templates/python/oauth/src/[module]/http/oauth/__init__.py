"""The OAuth 2.1 resource server: who is let in with which token, and where clients get one."""
