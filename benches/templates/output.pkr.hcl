variable "lines" {
  type = string
}

source "null" "n" {
  communicator = "none"
}

build {
  sources = ["source.null.n"]

  provisioner "shell-local" {
    environment_vars = ["LINES_WANTED=${var.lines}"]
    inline = [
      "yes 'a line of command output, one hundred bytes with its newline, of a program that installs many thing' | head -n $LINES_WANTED",
    ]
  }
}
