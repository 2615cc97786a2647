"""What every proof takes for granted, and which claims rest on it. The report prints those that count."""

AXIOMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("IAM evaluates identity policies, boundaries and trust policies as AWS documents it; only policies in the "
     "templates given, and pinned documents of AWS's own policies, are read.", ("iam", "trust", "installer", "data")),
    ("No other policy grants the roles more: resource policies, policies attached later and roles that are there "
     "already are not seen.", ("iam", "installer", "data")),
    ("A parameter obeys its AllowedPattern, AllowedValues and lengths; one without any, compared with StringEquals, "
     "holds no policy variable.", ("iam", "trust", "installer", "data")),
    ("The installer's trust of created roles is not seen: a created role is taken to trust the vendor's own account.",
     ("data",)),
    ("A call that an AWS service makes for somebody else (aws:ViaAWSService) is not that somebody's own read.",
     ("data",)),
    ("What belongs to somebody else carries no tag of the tenant, and no name the contract calls its own.",
     ("installer", "data")),
    ("Routes decide where packets go: the local route of a VPC always wins, and AWS's own networks forward nothing "
     "else.", ("network",)),
    ("What software inside a subnet does with a connection it may make is not seen: an allow list of names is no "
     "containment against a hostile workload.", ("network",)),
    ("The services' documented defaults hold: S3 encrypts every new object, SQS every new queue.", ("storage",)),
)
