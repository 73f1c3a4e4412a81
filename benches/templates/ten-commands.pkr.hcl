source "null" "n" {
  communicator = "none"
}

build {
  sources = ["source.null.n"]

  provisioner "shell-local" {
    inline = ["true"]
  }

  provisioner "shell-local" {
    inline = ["true"]
  }

  provisioner "shell-local" {
    inline = ["true"]
  }

  provisioner "shell-local" {
    inline = ["true"]
  }

  provisioner "shell-local" {
    inline = ["true"]
  }

  provisioner "shell-local" {
    inline = ["true"]
  }

  provisioner "shell-local" {
    inline = ["true"]
  }

  provisioner "shell-local" {
    inline = ["true"]
  }

  provisioner "shell-local" {
    inline = ["true"]
  }

  provisioner "shell-local" {
    inline = ["true"]
  }
}
