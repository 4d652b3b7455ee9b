using System.Globalization;
using System.Numerics;
using DuckDB.NET.Data;
using Microsoft.Data.Analysis;
using Phi4R.Data;
using Phi4R.Runs;

namespace Phi4R.Show;

/// <summary>
/// Asks rollouts on disk in SQL: counts, joins and look-ups read no more of the parts than they need.
/// </summary>
/// <remarks>
/// DuckDB answers, in this process. Beside the tables that are named, a query may read any file, such as
/// FROM 'FOLDER/*.parquet' or FROM 'FILE.jsonl'.
/// </remarks>
public static class RolloutQuery
{
    /// <summary>Rows of a result that are taken; a query that has more says so.</summary>
    public const int MostRows = 2_000_000;

    private const string Labels = "SELECT problem_id, domain, level, verdict, judged_by, finish_reason, tokens, "
        + "repetitive, style, source, solve_rate, left(question, 200) AS question FROM rollouts";

    extension(RecipeRun run)
    {
        /// <summary>
        /// The rollouts of the run's distillation as a data frame, one a row: their labels, and of the question the
        /// first 200 signs. The texts are on disk, for <see cref="Sql"/>.
        /// </summary>
        public DataFrame Rollouts => run.Sql(Labels);

        /// <summary>The answer to a query over the table "rollouts", which is the run's distillation.</summary>
        /// <param name="sql">Such as: SELECT domain, count(*) FROM rollouts GROUP BY domain.</param>
        /// <exception cref="ArgumentException">The query cannot be answered; the message says why.</exception>
        /// <exception cref="InvalidOperationException">The run's rollouts are not on disk.</exception>
        public DataFrame Sql(string sql) => Run(sql, ("rollouts", run.Get(Pipeline.Distillation).Folder
            ?? throw new InvalidOperationException(
                "The run's distillation is a stage of one's own, whose rollouts are in memory and not in parts.")));
    }

    /// <summary>The answer to a query over folders of rollouts, such as imports and distillations.</summary>
    /// <param name="sql">What is asked.</param>
    /// <param name="tables">Each a name in the query, and the folder whose rollouts it has.</param>
    /// <exception cref="ArgumentException">The query cannot be answered; the message says why.</exception>
    /// <exception cref="FileNotFoundException">A folder has no parts.</exception>
    public static DataFrame Run(string sql, params IReadOnlyList<(string Name, string Directory)> tables)
    {
        using var connection = new DuckDBConnection("Data Source=:memory:");
        connection.Open();
        Do(connection, "SET autoinstall_known_extensions = false");
        Do(connection, "SET memory_limit = '512MB'");
        foreach (var (name, directory) in tables)
        {
            var files = RolloutParts.Files(directory);
            if (files.Count == 0)
            {
                throw new FileNotFoundException($"{directory} has no rollouts: there is no file in "
                    + $"{RolloutParts.Folder(directory)} that ends in .parquet.");
            }

            var list = string.Join(", ",
                files.Select(file => $"'{file.Replace("'", "''", StringComparison.Ordinal)}'"));
            Do(connection, $"CREATE VIEW \"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\" AS "
                + $"SELECT * FROM read_parquet([{list}])");
        }

        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            using var reader = command.ExecuteReader();
            return Frame(reader);
        }
        catch (DuckDBException problem)
        {
            throw new ArgumentException($"The query cannot be answered: {problem.Message.TrimEnd()} Tables that are "
                + $"there: {string.Join(", ", tables.Select(table => table.Name))}.", nameof(sql), problem);
        }
    }

    private static void Do(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static DataFrame Frame(DuckDBDataReader reader)
    {
        List<(DataFrameColumn Column, Action<object?> Add)> columns = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        for (var i = 0; i < reader.FieldCount; i++)
        {
            var name = reader.GetName(i);
            while (!names.Add(name))
            {
                name += "'"; // A frame takes no name twice.
            }

            columns.Add(Column(name, reader.GetFieldType(i)));
        }

        var rows = 0;
        while (reader.Read())
        {
            if (rows++ == MostRows)
            {
                throw new ArgumentException($"The query has more than {MostRows:N0} rows. Count, group or LIMIT them.");
            }

            for (var i = 0; i < columns.Count; i++)
            {
                columns[i].Add(reader.IsDBNull(i) ? null : reader.GetValue(i));
            }
        }

        return new DataFrame(columns.Select(column => column.Column));
    }

    private static (DataFrameColumn Column, Action<object?> Add) Column(string name, Type type)
    {
        if (type == typeof(bool))
        {
            return Of<bool>(value => (bool)value);
        }

        if (type == typeof(DateTime))
        {
            return Of<DateTime>(value => (DateTime)value);
        }

        if (type == typeof(int) || type == typeof(short) || type == typeof(sbyte) || type == typeof(byte)
            || type == typeof(ushort))
        {
            return Of<int>(value => Convert.ToInt32(value, CultureInfo.InvariantCulture));
        }

        if (type == typeof(long) || type == typeof(uint))
        {
            return Of<long>(value => Convert.ToInt64(value, CultureInfo.InvariantCulture));
        }

        if (type == typeof(double) || type == typeof(float) || type == typeof(decimal) || type == typeof(ulong)
            || type == typeof(BigInteger))
        {
            return Of<double>(value => value is BigInteger whole
                ? (double)whole
                : Convert.ToDouble(value, CultureInfo.InvariantCulture));
        }

        // Labels repeat: each is kept once.
        var texts = new StringDataFrameColumn(name, 0);
        Dictionary<string, string> known = new(StringComparer.Ordinal);
        return (texts, AddText);

        void AddText(object? value)
        {
            var text = value is null ? null : Convert.ToString(value, CultureInfo.InvariantCulture);
            texts.Append(text is { Length: < 64 } && !known.TryAdd(text, text) ? known[text] : text);
        }

        (DataFrameColumn, Action<object?>) Of<T>(Func<object, T> read)
            where T : unmanaged
        {
            var column = new PrimitiveDataFrameColumn<T>(name, 0);
            return (column, value => column.Append(value is null ? null : read(value)));
        }
    }
}
