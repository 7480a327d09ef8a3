"""Messages to rows: parse, judge, and choose the table."""

import secrets

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, IntegerType, StringType, StructField, StructType

from contract import events, tables

# A timestamp is read as text and parsed afterwards: from_json would also take a bare number.
MESSAGE = StructType(
    [
        *(
            StructField(key, StringType())
            for key in (
                "event_id",
                "event_type",
                "event_timestamp",
                "uid",
                "description",
                "coupon",
                "Accept",
                "Host",
                "User-Agent",
            )
        ),
        StructField("price", IntegerType()),
    ]
)
"""The keys of a message that become columns; others stay in `raw_event` only."""

TIMESTAMP = "yyyy-MM-dd HH:mm:ss"
PARSER = {"mode": "PERMISSIVE", "allowSingleQuotes": "false", "allowNonNumericNumbers": "false"}


def classify(records: DataFrame) -> DataFrame:
    """Turn Kafka records into rows of the tables: `table`, `partition`, then `COLUMNS`.

    `records` has Kafka's columns value, partition, offset and timestamp. Each record becomes
    exactly one row. Text of a key whose value is no text is the value's JSON; of a key that
    occurs twice the last counts.
    """
    event = F.col("event")
    return (
        _parse(records)
        .withColumn(
            "event_timestamp", F.try_to_timestamp(event["event_timestamp"], F.lit(TIMESTAMP))
        )
        .withColumn("reason", _reason(event))
        .select(
            _table(event).alias("table"),
            "partition",
            F.make_valid_utf8(F.col("value").cast("string")).alias("raw_event"),
            F.col("timestamp").alias("kafka_timestamp"),
            event["Accept"].alias("accept"),
            event["Host"].alias("host"),
            event["User-Agent"].alias("user_agent"),
            event["coupon"].alias("coupon"),
            event["description"].alias("description"),
            "event_timestamp",
            event["event_type"].alias("event_type"),
            event["price"].alias("price"),
            event["uid"].alias("uid"),
            event["event_id"].alias("event_id"),
            F.col("partition").alias("kafka_partition"),
            F.col("offset").alias("kafka_offset"),
            "reason",
            F.when(F.col("reason").isNotNull(), F.col("value")).alias("message"),
        )
    )


def _parse(records: DataFrame) -> DataFrame:
    """Add `event`: the parsed value, NULL where that is not one JSON object in strict UTF-8.

    from_json ignores what follows the first value. So the message is parsed as the first
    element of an array that is closed here: whatever follows the object breaks the array, or
    shows as another element. The last element is a random word, so that no message can close
    the array itself.
    """
    seal = secrets.token_hex(16)
    text = F.col("value").cast("string")
    sealed = F.concat(F.lit("["), text, F.lit(f',{{"seal":"{seal}"}}]'))
    element = StructType([*MESSAGE.fields, StructField("seal", StringType())])
    # In the price's place a key that no message has.
    without_price = StructType(
        [StructField(seal, f.dataType) if f.name == "price" else f for f in element.fields]
    )
    parsed = F.coalesce(
        F.from_json(sealed, ArrayType(element), PARSER),
        # A price that is no integer made the message none: it is read again, and has none then.
        F.from_json(sealed, ArrayType(without_price), PARSER).cast(ArrayType(element)),
    )
    elements = F.col("elements")
    whole = F.is_valid_utf8(text) & (F.size(elements) == 2) & (F.get(elements, 1)["seal"] == seal)
    # A step of its own: from_json inside the condition would parse each message three times.
    return records.withColumn("elements", parsed).withColumn(
        "event", F.when(whole, F.get(elements, 0))
    )


def _reason(event: Column) -> Column:
    """Why a message is a dead letter; NULL where it is none."""
    value, kind, written = F.col("value"), event["event_type"], event["event_timestamp"]
    return (
        F.when(value.isNull() | (F.length(value) == 0), "empty message")
        .when(~F.is_valid_utf8(value.cast("string")), "not valid UTF-8")
        .when(event.isNull(), "not a JSON object")
        .when(kind.isNull(), "no event_type")
        .when(~kind.isin(*events.EVENT_TYPES), "unknown event_type")
        # Spark's parser also takes a sign and a fifth digit of the year.
        .when(
            F.col("event_timestamp").isNull() | (F.length(written) != len("YYYY-MM-DD HH:MM:SS")),
            "event_timestamp is not YYYY-MM-DD HH:MM:SS",
        )
        .when((kind == events.ORDER) & event["price"].isNull(), "price is not an integer")
    )


def _table(event: Column) -> Column:
    return (
        F.when(F.col("reason").isNotNull(), tables.DEAD_LETTERS)
        .when(event["event_type"] == events.ORDER, tables.ORDERS)
        .otherwise(tables.EVENTS)
    )
