using System.Text.Json.Nodes;
using Parquet;
using Parquet.Schema;
using Phi4R.Data.Import;

namespace Phi4R.Tests.Data;

// The oracle: the same two records written by hand in each layout.
public sealed class RecordFileTests
{
    private readonly string _folder = Project.Scratch();

    [Theory]
    [InlineData("a.jsonl", "{\"q\":\"1+1\",\"a\":\"2\"}\n\n  \n{\"q\":\"x, \\\"y\\\"\",\"a\":\"z\"}\n")]
    [InlineData("a.JSONL", "{\"q\":\"1+1\",\"a\":\"2\"}\n{\"q\":\"x, \\\"y\\\"\",\"a\":\"z\"}")]
    [InlineData("lines.json", " \n{\"q\":\"1+1\",\"a\":\"2\"}\n{\"q\":\"x, \\\"y\\\"\",\"a\":\"z\"}\n")]
    [InlineData("array.json", "\n [{\"q\":\"1+1\",\"a\":\"2\"},\n{\"q\":\"x, \\\"y\\\"\",\"a\":\"z\"}]")]
    [InlineData("a.csv", "q,a\n1+1,2\n\n\"x, \"\"y\"\"\",z\n")]
    public void Records_are_numbered_from_one_in_their_order_whatever_the_layout(string name, string text) =>
        Assert.Equal([(1, "1+1", "2"), (2, "x, \"y\"", "z")], Read(name, text)
            .Select(record => (record.Number, (string)record.Record["q"]!, (string)record.Record["a"]!)));

    [Fact]
    public async Task Records_of_parquet_are_those_that_were_written()
    {
        var path = Path.Combine(_folder, "a.parquet");
        var schema = new ParquetSchema(new DataField<string>("q"), new DataField<string>("a"));
        await using (var stream = File.Create(path))
        {
            await using var writer = await ParquetWriter.CreateAsync(schema, stream);
            using var group = writer.CreateRowGroup();
            var fields = schema.GetDataFields();
            await group.WriteAsync(fields[0], ["1+1", "x, \"y\""]);
            await group.WriteAsync(fields[1], ["2", "z"]);
        }

        Assert.Equal([(1, "1+1", "2"), (2, "x, \"y\"", "z")], RecordFile.Read(path)
            .Select(record => (record.Number, (string)record.Record["q"]!, (string)record.Record["a"]!)));
    }

    // A field of a table is text, also where it looks like a number; a field of JSON keeps its kind.
    [Fact]
    public void A_number_in_a_table_is_the_text_that_stands_there()
    {
        Assert.Equal("\"007\"", Read("a.csv", "n\n007").Single().Record["n"]!.ToJsonString());
        Assert.Equal("7", Read("a.jsonl", "{\"n\":7}").Single().Record["n"]!.ToJsonString());
    }

    [Theory]
    [InlineData("a.jsonl", "{\"q\":1}\n\n[1]\n", "a.jsonl, line 3 is no JSON object; it starts: [1]")]
    [InlineData("a.jsonl", "{\"q\":1}\n{\"q\"\n", "a.jsonl, line 2 is no JSON: ")]
    [InlineData("a.json", "\"text\"", "a.json is neither an array of JSON objects nor one object a line.")]
    [InlineData("a.json", "", "a.json is empty; it holds no record.")]
    [InlineData("a.json", "[{\"q\":1},2]", "a.json, record 2 is no JSON object.")]
    [InlineData("a.csv", "q,a\n1,2\n\n1,2,3\n", "a.csv, record 2 has 3 fields (line 4); the first line names 2")]
    [InlineData("a.csv", "q,a,q\n", "a.csv: the first line names a column twice: ")]
    [InlineData("a.csv", "\n", "a.csv is empty; its first line names the columns.")]
    [InlineData("a.xml", "<q/>", "a.xml ends in '.xml'; problems are read from .jsonl, .json, .parquet, .csv.")]
    public void What_is_wrong_is_said_with_its_place(string name, string text, string message) =>
        Assert.Contains(Path.Combine(_folder, message),
            Assert.Throws<InvalidDataException>(() => Read(name, text)).Message, StringComparison.Ordinal);

    // The third line is broken; whoever needs two never meets it.
    [Fact]
    public void Lines_are_read_as_they_are_asked_for()
    {
        var path = Path.Combine(_folder, "long.jsonl");
        File.WriteAllText(path, "{\"q\":1}\n{\"q\":2}\nbroken");
        Assert.Equal([1, 2], RecordFile.Read(path).Take(2).Select(record => (int)record.Record["q"]!));
        Assert.Throws<InvalidDataException>(() => RecordFile.Read(path).Count());
    }

    private List<(int Number, JsonObject Record)> Read(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return [.. RecordFile.Read(path)];
    }
}
