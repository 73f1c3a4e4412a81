source "docker" "d" {
  image  = "debian:bookworm-slim"
  pull   = false
  commit = true
}

build {
  sources = ["source.docker.d"]

  provisioner "shell" {
    inline = ["echo hello > /hello"]
  }
}
