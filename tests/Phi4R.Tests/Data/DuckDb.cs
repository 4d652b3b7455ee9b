using System.Globalization;
using DuckDB.NET.Data;

namespace Phi4R.Tests.Data;

/// <summary>A reader and writer of parquet that this project has no part in.</summary>
internal static class DuckDb
{
    /// <summary>Runs statements one after the other; the rows of the last, with bars between their values.</summary>
    public static List<string> Query(params string[] statements)
    {
        using var connection = new DuckDBConnection("Data Source=:memory:");
        connection.Open();
        List<string> rows = [];
        foreach (var sql in statements)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            using var reader = command.ExecuteReader();
            rows.Clear();
            while (reader.Read())
            {
                rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i)
                    ? ""
                    : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
            }
        }

        return rows;
    }
}
