using Npgsql;

namespace Phi4R.Cluster;

/// <summary>
/// The tables in which the members of clusters meet in PostgreSQL, and the statements that Orleans looks up there.
/// </summary>
/// <remarks>
/// Names and columns are those that Microsoft.Orleans.Clustering.AdoNet asks for, so that a database which has its own
/// tables already serves as well; what is there is left as it is. A member and the table's version change together or
/// not at all, since each change is one statement.
/// </remarks>
internal static class PostgresTables
{
    // Whoever comes while another makes the tables waits for it: "phi4r" in bytes.
    private const long MakersLock = 0x70_68_69_34_72;

    private const string Tables =
        """
        CREATE TABLE IF NOT EXISTS OrleansQuery (
            QueryKey varchar(64) PRIMARY KEY,
            QueryText varchar(8000) NOT NULL);

        CREATE TABLE IF NOT EXISTS OrleansMembershipVersionTable (
            DeploymentId varchar(150) PRIMARY KEY,
            Timestamp timestamptz(3) NOT NULL DEFAULT now(),
            Version integer NOT NULL DEFAULT 0);

        CREATE TABLE IF NOT EXISTS OrleansMembershipTable (
            DeploymentId varchar(150) NOT NULL REFERENCES OrleansMembershipVersionTable,
            Address varchar(45) NOT NULL,
            Port integer NOT NULL,
            Generation integer NOT NULL,
            SiloName varchar(150) NOT NULL,
            HostName varchar(150) NOT NULL,
            Status integer NOT NULL,
            ProxyPort integer,
            SuspectTimes varchar(8000),
            StartTime timestamptz(3) NOT NULL,
            IAmAliveTime timestamptz(3) NOT NULL,
            PRIMARY KEY (DeploymentId, Address, Port, Generation));
        """;

    // Those of one member.
    private const string Member =
        "DeploymentId = @DeploymentId AND Address = @Address AND Port = @Port AND Generation = @Generation";

    // The cluster's version goes up by one, if it is still the one that was read.
    private const string Raised =
        """
        WITH raised AS (
            UPDATE OrleansMembershipVersionTable SET Timestamp = now(), Version = Version + 1
            WHERE DeploymentId = @DeploymentId AND Version = @Version
        """;

    private const string Read =
        """
        SELECT cluster.DeploymentId, member.Address, member.Port, member.Generation, member.SiloName, member.HostName,
            member.Status, member.ProxyPort, member.SuspectTimes, member.StartTime, member.IAmAliveTime, cluster.Version
        FROM OrleansMembershipVersionTable cluster
        LEFT JOIN OrleansMembershipTable member ON member.DeploymentId = cluster.DeploymentId
        """;

    private const int Active = 3;

    private static readonly (string Key, string Text)[] Queries =
    [
        ("InsertMembershipVersionKey",
            """
            WITH made AS (
                INSERT INTO OrleansMembershipVersionTable (DeploymentId) VALUES (@DeploymentId)
                ON CONFLICT DO NOTHING RETURNING 1)
            SELECT count(*)::integer FROM made
            """),
        ("InsertMembershipKey",
            $"""
            {Raised} AND NOT EXISTS (SELECT FROM OrleansMembershipTable WHERE {Member}) RETURNING 1),
            made AS (
                INSERT INTO OrleansMembershipTable (DeploymentId, Address, Port, Generation, SiloName, HostName, Status,
                    ProxyPort, StartTime, IAmAliveTime)
                SELECT @DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort,
                    @StartTime, @IAmAliveTime FROM raised RETURNING 1)
            SELECT count(*)::integer FROM made
            """),
        ("UpdateMembershipKey",
            $"""
            {Raised} RETURNING 1),
            changed AS (
                UPDATE OrleansMembershipTable
                SET Status = @Status, SuspectTimes = @SuspectTimes, IAmAliveTime = @IAmAliveTime
                FROM raised WHERE {Member} RETURNING 1)
            SELECT count(*)::integer FROM changed
            """),
        ("UpdateIAmAlivetimeKey",
            $"UPDATE OrleansMembershipTable SET IAmAliveTime = @IAmAliveTime WHERE {Member}"),
        ("MembershipReadRowKey",
            $"""
            {Read}
                AND member.Address = @Address AND member.Port = @Port AND member.Generation = @Generation
            WHERE cluster.DeploymentId = @DeploymentId
            """),
        ("MembershipReadAllKey", $"{Read}\nWHERE cluster.DeploymentId = @DeploymentId"),
        ("DeleteMembershipTableEntriesKey",
            """
            DELETE FROM OrleansMembershipTable WHERE DeploymentId = @DeploymentId;
            DELETE FROM OrleansMembershipVersionTable WHERE DeploymentId = @DeploymentId
            """),
        ("GatewaysQueryKey",
            """
            SELECT Address, ProxyPort, Generation FROM OrleansMembershipTable
            WHERE DeploymentId = @DeploymentId AND Status = @Status AND ProxyPort > 0
            """),
        ("CleanupDefunctSiloEntriesKey",
            $"""
            DELETE FROM OrleansMembershipTable
            WHERE DeploymentId = @DeploymentId AND IAmAliveTime < @IAmAliveTime AND Status <> {Active}
            """),
    ];

    /// <summary>Makes what is not there.</summary>
    /// <exception cref="NpgsqlException">
    /// PostgreSQL cannot be reached, or the user may not make tables there.
    /// </exception>
    public static async Task MakeAsync(string connection, CancellationToken cancel)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var open = await source.OpenConnectionAsync(cancel).ConfigureAwait(false);
        await using var change = await open.BeginTransactionAsync(cancel).ConfigureAwait(false);
        await using var make = new NpgsqlBatch(open, change);
        make.BatchCommands.Add(new($"SELECT pg_advisory_xact_lock({MakersLock})"));
        foreach (var table in Tables.Split(";", StringSplitOptions.RemoveEmptyEntries))
        {
            make.BatchCommands.Add(new(table));
        }

        foreach (var (key, text) in Queries)
        {
            make.BatchCommands.Add(new("INSERT INTO OrleansQuery VALUES ($1, $2) ON CONFLICT DO NOTHING")
            {
                Parameters = { new() { Value = key }, new() { Value = text } },
            });
        }

        await make.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        await change.CommitAsync(cancel).ConfigureAwait(false);
    }
}
