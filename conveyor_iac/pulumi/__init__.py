"""The plan spelled as Pulumi components: the only room that imports Pulumi, and never the CDK or Node."""
