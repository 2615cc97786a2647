"""Types that the extract of Microsoft's definitions leaves out and we make, in its own form: names, kinds, enums.

Read from the same schemas, Azure/azure-resource-manager-schemas at 29cbf5c86b,
`schemas/2025-01-01-preview/Microsoft.Insights.json`: the version that pulumi-azure-native uses.
"""

from typing import Any

_TEXT, _YES_NO, _WHOLE, _NUMBER = ({"t": kind} for kind in ("string", "boolean", "integer", "number"))


def _one_of(*values: str) -> dict[str, Any]:
    return {"t": "string", "enum": list(values)}


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"t": "array", "i": item}


def _object(*needed: str, **properties: dict[str, Any]) -> dict[str, Any]:
    return {"t": "object", "p": properties, "req": list(needed)}


def _map(item: dict[str, Any]) -> dict[str, Any]:
    return {"t": "object", "p": {}, "ap": item}


_CONDITION = _object(
    alertSensitivity=_TEXT, criterionType=_one_of("StaticThresholdCriterion", "DynamicThresholdCriterion"),
    dimensions=_list(_object("name", "operator", "values", name=_TEXT, operator=_one_of("Include", "Exclude"),
                             values=_list(_TEXT))),
    failingPeriods=_object(minFailingPeriodsToAlert=_WHOLE, numberOfEvaluationPeriods=_WHOLE), ignoreDataBefore=_TEXT,
    metricMeasureColumn=_TEXT, metricName=_TEXT, minRecurrenceCount=_WHOLE,
    operator=_one_of("Equals", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual", "GreaterOrLessThan"),
    query=_TEXT, resourceIdColumn=_TEXT, threshold=_NUMBER,
    timeAggregation=_one_of("Count", "Average", "Minimum", "Maximum", "Total"))
_PROPERTIES = {
    "actions": _object(actionGroups=_list(_TEXT), actionProperties=_map(_TEXT), customProperties=_map(_TEXT)),
    "autoMitigate": _YES_NO, "checkWorkspaceAlertsStorageConfigured": _YES_NO,
    "criteria": _object(allOf=_list(_CONDITION)), "description": _TEXT, "displayName": _TEXT, "enabled": _YES_NO,
    "evaluationFrequency": _TEXT, "muteActionsDuration": _TEXT, "overrideQueryTimeRange": _TEXT,
    "resolveConfiguration": _object(autoResolved=_YES_NO, timeToResolve=_TEXT), "scopes": _list(_TEXT),
    "severity": _WHOLE, "skipQueryValidation": _YES_NO, "targetResourceTypes": _list(_TEXT), "windowSize": _TEXT,
}
_RESOURCE = {
    "identity": _object("type", type=_one_of("SystemAssigned", "UserAssigned", "None"),
                        userAssignedIdentities=_map(_object())),
    "kind": _one_of("LogAlert", "SimpleLogAlert", "LogToMetric"), "location": _TEXT, "tags": _map(_TEXT),
}
_URL = ["resourceGroupName", "ruleName"]
DEFINITIONS: dict[str, dict[str, Any]] = {
    "azure-native:monitor:ScheduledQueryRule": {
        "arm": "Microsoft.Insights/scheduledQueryRules", "api": "2025-01-01-preview", "url": _URL,
        "nameArg": "ruleName",
        "nameRule": {"t": "string", "pattern": r"^[^#<>%&:\?/{}*]{1,260}$"}, "renames": {},
        "args": [*_URL, *_RESOURCE, *_PROPERTIES], "requiredArgs": ["resourceGroupName"],
        "body": _object("properties", **_RESOURCE, properties=_object(**_PROPERTIES)),
    },
}
