"""Nothing here is collected by pytest: Activity Browser needs an environment of its own."""

collect_ignore_glob = ["*"]
