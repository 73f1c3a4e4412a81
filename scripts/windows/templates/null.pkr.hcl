variable "who" {
  default = "nobody"
}

source "null" "here" {
  communicator = "none"
}

build {
  sources = ["source.null.here"]

  provisioner "shell-local" {
    environment_vars = ["GREETED=${var.who}"]
    inline           = ["echo hello %GREETED% on %OS%"]
  }
}
