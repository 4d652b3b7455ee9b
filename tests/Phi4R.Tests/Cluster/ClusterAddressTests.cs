using Phi4R.Cluster;

namespace Phi4R.Tests.Cluster;

public sealed class ClusterAddressTests
{
    [Theory]
    [InlineData("localhost", null, 11111, "phi4r", "localhost:11111")]
    [InlineData("localhost:7000", null, 7000, "phi4r", "localhost:7000")]
    [InlineData("redis://10.0.0.1", "10.0.0.1:6379", 0, "phi4r", "redis://10.0.0.1:6379/phi4r")]
    [InlineData("redis://host:7/lab", "host:7", 0, "lab", "redis://host:7/lab")]
    [InlineData("rediss://me:p%40ss@host", "host:6379,user=me,password=p@ss,ssl=true", 0, "phi4r",
        "redis://host:6379/phi4r")]
    [InlineData("redis://:secret@host", "host:6379,password=secret", 0, "phi4r", "redis://host:6379/phi4r")]
    public void An_address_says_where_members_meet(string text, string? redis, int port, string name, string told)
    {
        var address = ClusterAddress.Parse(text);
        Assert.Equal((redis, port, name, told), (address.Redis, address.Port, address.Name, $"{address}"));
    }

    [Theory]
    [InlineData("postgresql://db.lab/phi4r", "Host=db.lab;Port=5432;Database=phi4r", "phi4r",
        "postgresql://db.lab:5432/phi4r/phi4r")]
    [InlineData("postgres://me:p%40%3Bss@host:7/data/lab?sslmode=Require",
        "Host=host;Port=7;Database=data;Username=me;Password=\"p@;ss\";SSL Mode=Require", "lab",
        "postgresql://host:7/data/lab")]
    public void An_address_of_PostgreSQL_names_a_database_and_in_it_a_cluster(
        string text, string connection, string name, string told)
    {
        var address = ClusterAddress.Parse(text);
        Assert.Equal((connection, null, name, told), (address.Postgres, address.Redis, address.Name, $"{address}"));
    }

    [Theory]
    [InlineData("localhost:x", "'x'")]
    [InlineData("localhost:65535", "'65535'")]
    [InlineData("nowhere", "'nowhere'")]
    [InlineData("http://host", "'http://host'")]
    [InlineData("mysql://me:secret@host/db", "'host/db'")]
    [InlineData("postgres://me:secret@host", "postgres://host names no database")]
    [InlineData("postgres://host/db?nonsense=secret", "'nonsense'")]
    [InlineData("postgres://host/db?sslmode=secret", "'sslmode'")]
    [InlineData("postgresql:///db?password=secret", "'postgresql:///db'")]
    public void What_is_no_address_is_named_without_its_password(string text, string found)
    {
        var message = Assert.Throws<ArgumentException>(() => ClusterAddress.Parse(text)).Message;
        Assert.Contains(found, message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
    }
}
