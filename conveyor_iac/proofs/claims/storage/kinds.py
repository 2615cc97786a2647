"""What keeps data, and by which of its properties one can tell that it is encrypted: facts about each type.

`by` are paths of properties, any of which shows that it is encrypted; `default` says what the service does where none
is given, and is empty where that is nothing one can rely on.
"""

from dataclasses import dataclass

_CFN = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One type of resource. `without` is a property that hands the question to another resource; `off` one that
    switches the default off."""

    type: str
    by: tuple[str, ...] = ()
    default: str = ""
    off: str = ""
    without: str = ""
    inherits: tuple[str, ...] = ()
    source: str = _CFN


def _documented(type_: str, by: str, what: str, source: str) -> Kind:
    return Kind(type=type_, by=(by,) if by else (), default=what, source=source)


KINDS = (
    Kind(type="AWS::S3::Bucket", by=("BucketEncryption",), default="S3 encrypts every new object since January 2023",
         source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html"),
    _documented("AWS::S3Express::DirectoryBucket", "BucketEncryption", "directory buckets encrypt every object",
                "https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-data-protection.html"),
    Kind(type="AWS::SQS::Queue", by=("KmsMasterKeyId", "SqsManagedSseEnabled"), off="SqsManagedSseEnabled",
         default="SQS encrypts every new queue with keys of its own",
         source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/"
                "sqs-server-side-encryption.html"),
    Kind(type="AWS::SNS::Topic", by=("KmsMasterKeyId",),
         source="https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html"),
    _documented("AWS::Logs::LogGroup", "KmsKeyId", "CloudWatch Logs encrypts every log group",
                "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"),
    _documented("AWS::DynamoDB::Table", "SSESpecification.SSEEnabled", "DynamoDB encrypts every table",
                "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/EncryptionAtRest.html"),
    _documented("AWS::DynamoDB::GlobalTable", "SSESpecification.SSEEnabled", "DynamoDB encrypts every table",
                "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/EncryptionAtRest.html"),
    _documented("AWS::SecretsManager::Secret", "KmsKeyId", "Secrets Manager encrypts every secret",
                "https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html"),
    _documented("AWS::ECR::Repository", "EncryptionConfiguration", "ECR encrypts every image",
                "https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html"),
    _documented("AWS::FSx::FileSystem", "KmsKeyId", "FSx encrypts every file system",
                "https://docs.aws.amazon.com/fsx/latest/WindowsGuide/encryption-at-rest.html"),
    _documented("AWS::Backup::BackupVault", "EncryptionKeyArn", "AWS Backup encrypts what its vaults hold",
                "https://docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html"),
    _documented("AWS::MSK::Cluster", "EncryptionInfo", "MSK encrypts every cluster's disks",
                "https://docs.aws.amazon.com/msk/latest/developerguide/msk-encryption.html"),
    _documented("AWS::Cassandra::Table", "EncryptionSpecification", "Keyspaces encrypts every table",
                "https://docs.aws.amazon.com/keyspaces/latest/devguide/EncryptionAtRest.html"),
    Kind(type="AWS::EC2::Volume", by=("Encrypted",), inherits=("SnapshotId",)),
    Kind(type="AWS::EFS::FileSystem", by=("Encrypted",)),
    Kind(type="AWS::RDS::DBInstance", by=("StorageEncrypted",), without="DBClusterIdentifier",
         inherits=("DBSnapshotIdentifier", "SourceDBInstanceIdentifier", "SourceDBInstanceAutomatedBackupsArn")),
    Kind(type="AWS::RDS::DBCluster", by=("StorageEncrypted",),
         inherits=("SnapshotIdentifier", "SourceDBClusterIdentifier")),
    Kind(type="AWS::RDS::GlobalCluster", by=("StorageEncrypted",), inherits=("SourceDBClusterIdentifier",)),
    Kind(type="AWS::DocDB::DBCluster", by=("StorageEncrypted",), inherits=("SnapshotIdentifier",)),
    Kind(type="AWS::Neptune::DBCluster", by=("StorageEncrypted",), inherits=("SnapshotIdentifier",)),
    Kind(type="AWS::Redshift::Cluster", by=("Encrypted",), inherits=("SnapshotIdentifier", "SnapshotArn")),
    Kind(type="AWS::ElastiCache::ReplicationGroup", by=("AtRestEncryptionEnabled",)),
    Kind(type="AWS::OpenSearchService::Domain", by=("EncryptionAtRestOptions.Enabled",)),
    Kind(type="AWS::Elasticsearch::Domain", by=("EncryptionAtRestOptions.Enabled",)),
    Kind(type="AWS::Kinesis::Stream", by=("StreamEncryption",)),
    Kind(type="AWS::DAX::Cluster", by=("SSESpecification.SSEEnabled",)),
    Kind(type="AWS::WorkSpaces::Workspace", by=("UserVolumeEncryptionEnabled",)),
)

DISKS = {"AWS::EC2::Instance": "BlockDeviceMappings",
         "AWS::EC2::LaunchTemplate": "LaunchTemplateData.BlockDeviceMappings",
         "AWS::AutoScaling::LaunchConfiguration": "BlockDeviceMappings"}
"""Where machines say what disks they get; a disk says `Ebs.Encrypted`, or is as its image or account has it."""
