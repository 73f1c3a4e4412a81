variable "file" {
  type = string
}

source "docker" "d" {
  image   = "debian:bookworm-slim"
  pull    = false
  discard = true
}

build {
  sources = ["source.docker.d"]

  provisioner "file" {
    source      = var.file
    destination = "/tmp/uploaded"
  }
}
