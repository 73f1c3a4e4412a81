variable "layout" {
  default = ""
}

variable "load" {
  default = ""
}

variable "command" {
  default = "echo hello > /hello"
}

source "oci" "o" {
  base = { archive = "base.tar" }

  output {
    layout      = var.layout
    load        = var.load
    name        = "bench:1"
    compression = "none"
  }
}

build {
  sources = ["source.oci.o"]

  provisioner "shell" {
    inline = [var.command]
  }
}
