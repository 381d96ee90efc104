# An attribute by HashiCorp's azuread provider, which finds the emulator by its usual ARM_* variables.
terraform {
  required_providers {
    azuread = { source = "hashicorp/azuread" }
  }
}

variable "description" {
  type    = string
  default = "Printed on the card"
}

resource "azuread_user_flow_attribute" "loyalty" {
  display_name = "Loyalty number"
  description  = var.description
  data_type    = "string"
}
