# A first image: a small web page on Debian, tagged and described in a manifest.

variable "greeting" {
  type        = string
  default     = "Hello from a first image"
  description = "What the image says when it runs."
}

source "docker" "debian" {
  image  = "debian:bookworm-slim"
  pull   = false # scripts/setup has fetched or made it
  commit = true
  changes = [
    "CMD [\"cat\", \"/srv/greeting\"]",
    "LABEL made.by=tintype",
  ]
}

build {
  sources = ["source.docker.debian"]

  provisioner "shell" {
    environment_vars = ["GREETING=${var.greeting}"]
    inline = [
      "mkdir -p /srv",
      "echo \"$GREETING\" > /srv/greeting",
    ]
  }

  post-processor "docker-tag" {
    repository = "tintype-first"
    tags       = ["latest"]
  }
}
