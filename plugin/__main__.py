"""What Pulumi runs for `pulumi package add`: the provider of this package's components."""

from conveyor_iac.pulumi.provider import main

if __name__ == "__main__":
    main()
