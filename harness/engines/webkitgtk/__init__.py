"""Stock WebKitGTK in our own host application."""
