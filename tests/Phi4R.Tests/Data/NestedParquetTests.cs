using System.Text.Json.Nodes;
using Phi4R.Data.Import;

namespace Phi4R.Tests.Data;

// The oracle is DuckDB: it writes the files, and says in JSON what is in them.
public sealed class NestedParquetTests
{
    private readonly string _folder = Project.Scratch();

    [Theory]
    [InlineData("COMPRESSION zstd")]
    [InlineData("COMPRESSION snappy, PARQUET_VERSION V2")]
    [InlineData("COMPRESSION uncompressed, ROW_GROUP_SIZE 2048")]
    public void Whatever_is_nested_comes_back_as_it_was_written(string options)
    {
        var file = Path.Combine(_folder, "nested.parquet");
        var expected = DuckDb.Query(
            "SELECT setseed(0.5)",
            """
            CREATE TABLE t AS SELECT i,
                CASE WHEN i % 7 = 0 THEN NULL ELSE 'text ' || i END AS s,
                CASE WHEN i % 5 = 0 THEN NULL WHEN i % 5 = 1 THEN [] ELSE
                    [{'from': 'user', 'value': 'q' || i},
                     {'from': CASE WHEN i % 3 = 0 THEN NULL ELSE 'assistant' END, 'value': 'a' || i}] END AS turns,
                CASE WHEN i % 6 = 0 THEN NULL ELSE list_transform(range(i % 6), x ->
                    CASE WHEN x = 1 THEN NULL WHEN x = 3 THEN [] ELSE range(x + 1) END) END AS lists,
                CASE WHEN i % 4 = 0 THEN NULL ELSE {'name': 'n' || i, 'inner': CASE WHEN i % 4 = 1 THEN NULL ELSE
                    {'list': CASE WHEN i % 3 = 1 THEN NULL ELSE ['x', NULL, 'z' || i] END, 'flag': i % 2 = 0} END}
                    END AS deep,
                CASE WHEN i % 8 = 0 THEN NULL ELSE map_from_entries(list_transform(range(i % 3), x ->
                    {'k': 'key' || x, 'v': CASE WHEN x = 1 THEN NULL ELSE [x, i] END})) END AS m,
                [{'steps': [{'id': i}, {'id': NULL}]}, {'steps': NULL}, NULL] AS twice,
                random() < 0.5 AS coin
            FROM range(5000) r(i)
            """,
            $"COPY t TO '{file}' (FORMAT parquet, {options})",
            "SELECT to_json({'i': i, 's': s, 'turns': turns, 'lists': lists, 'deep': deep, 'm': map_entries(m), "
                + "'twice': twice, 'coin': coin}) FROM t ORDER BY i");
        var read = ParquetRecords.Read(file).ToList();
        Assert.Equal(5000, read.Count);
        for (var i = 0; i < read.Count; i++)
        {
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected[i]), read[i]), $"Record {i} is {read[i]
                .ToJsonString()} and not {expected[i]}.");
        }
    }

    [Fact]
    public void Numbers_of_other_kinds_and_times_are_read_and_bytes_are_passed_over()
    {
        var file = Path.Combine(_folder, "kinds.parquet");
        DuckDb.Query("COPY (SELECT 1::TINYINT AS a, 2::SMALLINT AS b, 3::UINTEGER AS c, 4::UBIGINT AS d, 1.25::DECIMAL"
            + $"(9,2) AS e, 0.5::FLOAT AS f, 'nan'::DOUBLE AS g, TIMESTAMP '2026-11-30 12:00:00' AS h, 'x'::BLOB AS i) "
            + $"TO '{file}'");
        var record = Assert.Single(ParquetRecords.Read(file));
        Assert.Equal(["1", "2", "3", "4", "1.25", "0.5"],
            "abcdef".Select(name => record[name.ToString()]!.ToString()));
        Assert.True(record.ContainsKey("g") && record["g"] is null);
        Assert.StartsWith("2026-11-30T12:00:00", record["h"]!.ToString(), StringComparison.Ordinal);
    }

    // A row group is all that is read before the first record comes: of a file whose second is damaged, the first is
    // there.
    [Fact]
    public void A_row_group_is_read_when_its_first_record_is_asked_for()
    {
        var file = Path.Combine(_folder, "groups.parquet");
        DuckDb.Query("COPY (SELECT i, 'text ' || i AS s FROM range(4096) r(i)) TO "
            + $"'{file}' (ROW_GROUP_SIZE 2048, COMPRESSION uncompressed)");
        var second = int.Parse(DuckDb.Query($"SELECT min(data_page_offset) FROM parquet_metadata('{file}') "
            + "WHERE row_group_id = 1").Single(), System.Globalization.CultureInfo.InvariantCulture);
        var bytes = File.ReadAllBytes(file);
        bytes.AsSpan(second, 40).Fill(0xff);
        File.WriteAllBytes(file, bytes);
        Assert.Equal(2000, ParquetRecords.Read(file).Take(2000).Count());
        Assert.Throws<InvalidDataException>(() => ParquetRecords.Read(file).Count());
    }
}
