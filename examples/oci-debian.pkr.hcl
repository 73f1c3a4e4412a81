# A first image, made without Docker: a greeting on Debian. The base is pulled from a registry, or made from Debian's packages.

variable "greeting" {
  type        = string
  default     = "Hello from a first image"
  description = "What the image says when it runs."
}

variable "image" {
  type        = string
  default     = "debian:bookworm-slim"
  description = "The base in a registry; empty where `debootstrap` makes it."
}

variable "debootstrap" {
  type        = string
  default     = ""
  description = "The release of which the base is made where no registry can be reached."
}

variable "mirror" {
  type        = string
  default     = ""
  description = "Where its packages come from."
}

variable "load" {
  type        = string
  default     = ""
  description = "The image's name in a Docker Engine, when there is one."
}

source "oci" "debian" {
  base = {
    image       = var.image
    debootstrap = var.debootstrap
    mirror      = var.mirror
  }
  changes = [
    "CMD [\"cat\", \"/srv/greeting\"]",
    "LABEL made.by=tintype",
  ]

  output {
    docker_archive = "out/tintype-first.tar"
    name           = "tintype-first:latest"
    load           = var.load
  }
}

build {
  sources = ["source.oci.debian"]

  provisioner "shell" {
    environment_vars = ["GREETING=${var.greeting}"]
    inline = [
      "mkdir -p /srv",
      "echo \"$GREETING\" > /srv/greeting",
    ]
  }
}
