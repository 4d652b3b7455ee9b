using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Cli;
using Phi4R.Tests.House;

namespace Phi4R.Tests.Cli;

public sealed class JsonLinesVerbTests
{
    [Fact]
    public void Each_row_is_answered_in_its_place_and_a_bad_one_is_told_by_the_exit_code()
    {
        var (code, lines) = Echo("{\"text\": \"a\"}\n\nnonsense\n{\"text\": \"b\"}\n");
        Assert.Equal(1, code);
        Assert.Equal(3, lines.Length);
        Assert.Equal("{\"text\":\"a\"}", lines[0]);
        Assert.StartsWith("{\"error\":\"Line 3 is not a request: ", lines[1]);
        Assert.Equal("{\"text\":\"b\"}", lines[2]);
    }

    // The reader goes after one line of a stream that never ends.
    [FactWhere("a shell with yes and head", "command -v yes && command -v head")]
    public void A_command_whose_reader_is_gone_ends()
    {
        var said = HouseTests.Bash($"yes '{{\"text\":\"a\"}}' 2>/dev/null | timeout 60 dotnet "
            + $"'{Path.Combine(AppContext.BaseDirectory, "phi4r.dll")}' encode 2>/dev/null | head -n 1; echo "
            + $"\"${{PIPESTATUS[1]}}\"");
        Assert.Equal(["{\"ids\":[64]}", "1"], said.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    // Fifty million bytes without a line's end, as the rest of a file or of a device.
    [Fact]
    public void A_row_without_an_end_ends_the_verb_as_it_ends_the_reading_of_a_file()
    {
        using var output = new MemoryStream();
        using var input = new MemoryStream([.. "{\"text\":\"a\"}\n"u8, .. Enumerable.Repeat((byte)'x', 50_000_000)]);
        var refused = Assert.Throws<InvalidDataException>(() => JsonLinesVerb.Run(input, output, Same));
        Assert.StartsWith("the standard input, line 2 has more than 16 million signs", refused.Message);
        Assert.Equal("{\"text\":\"a\"}\n", Encoding.UTF8.GetString(output.ToArray()));
        Assert.InRange(input.Position, 16 << 20, 20 << 20);
    }

    // script gives the verb a terminal of its own, where nobody types.
    [FactWhere("script, of util-linux", "command -v script")]
    public void A_terminal_as_standard_input_is_told_what_is_expected_and_not_waited_for()
    {
        var verb = $"dotnet '{Path.Combine(AppContext.BaseDirectory, "phi4r.dll")}' encode";
        var said = HouseTests.Bash($"timeout 60 script -qec \"{verb}\" /dev/null </dev/null; echo $?");
        Assert.Contains("phi4r encode: rows are read from the standard input, which is a terminal", said.Text);
        Assert.EndsWith("1", said.Text.Trim());
    }

    // A pipe with a name is a pipe: it ends where its writer does.
    [FactWhere("mkfifo", "command -v mkfifo")]
    public void A_named_pipe_as_standard_input_is_read_to_its_end()
    {
        var pipe = Path.Combine(Project.Scratch(), "rows");
        var verb = $"dotnet '{Path.Combine(AppContext.BaseDirectory, "phi4r.dll")}' encode";
        var said = HouseTests.Bash($"mkfifo '{pipe}'; echo '{{\"text\":\"a\"}}' > '{pipe}' & timeout 60 {verb} < "
            + $"'{pipe}'; echo $?");
        Assert.Equal(["{\"ids\":[64]}", "0"], said.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    // A row beyond what is kept is passed on while it grows; what was not passed on can be dropped.
    [Fact]
    public void A_row_of_many_megabytes_is_passed_on_while_it_grows()
    {
        using var output = new MemoryStream();
        using var buffer = new RowBuffer(output);
        buffer.Write(new byte[1000]);
        buffer.Drop();
        Assert.Equal(0, output.Length);
        for (var i = 0; i < 40; i++)
        {
            buffer.Write(new byte[1 << 20]);
        }

        Assert.InRange(output.Length, 20 << 20, 40 << 20);
        buffer.End();
        Assert.Equal((40 << 20) + 1, output.Length);
    }

    [Fact]
    public void Good_rows_alone_end_well() => Assert.Equal(0, Echo("{\"text\":\"a\"}\r\n{\"text\":\"b\"}").Code);

    [Fact]
    public void No_rows_give_no_rows() => Assert.Equal((0, 0), (Echo("").Code, Echo("\n \n").Lines.Length));

    [Fact]
    public void Letters_of_all_alphabets_go_through()
    {
        const string Text = "naïve 数学 𝑥 😀 <|end|>";
        var line = Echo($"\uFEFF{{\"text\":\"{Text}\"}}").Lines[0];
        Assert.Equal(Text, (string)JsonNode.Parse(line)!["text"]!);
        Assert.Contains("naïve 数学", line);
    }

    [Theory]
    [InlineData("[1]", "not an object")]
    [InlineData("null", "not an object")]
    [InlineData("7", "not an object")]
    [InlineData("{\"text\":7}", "\"text\" is 7; expected was text")]
    [InlineData("{\"text\":null}", "\"text\" is missing; expected was text")]
    [InlineData("{}", "\"text\" is missing; expected was text")]
    [InlineData("{\"text\":\"a\",\"text\":\"b\"}", "text")]
    [InlineData("{\"text\":\"\\ud800\"}", "surrogate")]
    [InlineData("{\"text\":\"a\"} x", "x")]
    [InlineData("{\"text\":\"a\"", "")]
    public void A_bad_row_says_what_is_wrong(string row, string message)
    {
        var (code, lines) = Echo(row);
        Assert.Equal(1, code);
        Assert.Contains(message, (string)JsonNode.Parse(Assert.Single(lines))!["error"]!);
    }

    [Fact]
    public void Bytes_that_are_not_Unicode_are_an_error_of_their_row_alone()
    {
        using var output = new MemoryStream();
        var code = JsonLinesVerb.Run(
            new MemoryStream([.. "{\"text\":\""u8, 0xFF, 0xC3, .. "\"}\n{\"text\":\"b\"}\n"u8]), output, Same);
        var lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(1, code);
        Assert.Contains("UTF-8", lines[0]);
        Assert.Equal("{\"text\":\"b\"}", lines[1]);
    }

    [Fact]
    public void What_a_bad_row_wrote_before_it_failed_is_dropped()
    {
        using var output = new MemoryStream();
        JsonLinesVerb.Run(new MemoryStream("{\"a\":1}\n"u8.ToArray()), output, (_, writer) =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("half", 1);
            throw new InvalidDataException("broken");
        });
        Assert.Equal("{\"error\":\"Line 1 is not a request: broken\"}\n", Encoding.UTF8.GetString(output.ToArray()));
    }

    [Theory]
    [InlineData("{\"ids\":[1,2]}", null)]
    [InlineData("{\"ids\":[]}", null)]
    [InlineData("{\"ids\":[1,\"2\"]}", "\"2\" at place 1")]
    [InlineData("{\"ids\":[1.5]}", "1.5 at place 0")]
    [InlineData("{\"ids\":[99999999999]}", "99999999999 at place 0")]
    [InlineData("{\"ids\":[null]}", "null at place 0")]
    [InlineData("{\"ids\":7}", "list of whole numbers")]
    public void Ids_are_whole_numbers(string row, string? message)
    {
        var request = JsonNode.Parse(row)!.AsObject();
        if (message is null)
        {
            Assert.Equal(request["ids"]!.AsArray().Count, request.RequiredIds("ids").Length);
        }
        else
        {
            Assert.Contains(message, Assert.Throws<InvalidDataException>(() => request.RequiredIds("ids")).Message);
        }
    }

    [Theory]
    [InlineData("verify", "{\"gold\":\"$1/2$\",\"pred\":\"$0.5$\"}", "{\"gold\":7,\"pred\":\"x\"}", "correct")]
    [InlineData("extract", "{\"response\":\"\\\\boxed{7}\"}", "{\"response_parts\":[null]}", "7")]
    public void Verbs_tell_a_bad_row_by_their_exit_code(string verb, string good, string bad, string answer)
    {
        var (code, output) = Phi4r(verb, $"{good}\n");
        Assert.Equal(0, code);
        Assert.Contains($"\"{answer}\"", output);
        (code, output) = Phi4r(verb, $"{bad}\n{good}\n");
        Assert.Equal(1, code);
        Assert.Contains("\"error\"", output.Split('\n')[0]);
        Assert.Contains($"\"{answer}\"", output.Split('\n')[1]);
    }

    // In each the field that is misspelled is one that the verb would do without.
    [Theory]
    [InlineData("verify", """{"gold":"1","pred":"1","from":""}""", "\"from\" is no field of such a row; known are go")]
    [InlineData("verify", """{"gold":"1"}""", "\"pred\" is missing")]
    [InlineData("verify", """{"pred":"1"}""", "\"gold\" is missing")]
    [InlineData("verify", """{"gold":7,"pred":"7"}""", "\"gold\" is 7; expected was text")]
    [InlineData("extract", """{"response":"7","Kind":"x"}""", "\"Kind\" is no field of such a row; known are resp")]
    [InlineData("extract", """{"kind":"choice"}""", "\"response\" is missing")]
    [InlineData("encode", """{"text":"a","specials":true}""", "\"specials\" is no field of such a row; known are text")]
    [InlineData("decode", """{"ids":[1],"special":true}""", "\"special\" is no field of such a row; known are ids")]
    [InlineData("render", """{"template":"instruct","messages":[],"tools":[]}""", "\"tools\" is no field")]
    public void A_row_with_an_unknown_field_or_without_its_own_is_an_error(string verb, string row, string message)
    {
        var (code, output) = Phi4r(verb, row);
        Assert.Equal(1, code);
        Assert.Contains(message, (string)JsonNode.Parse(output)!["error"]!, StringComparison.Ordinal);
    }

    /// <summary>Runs a verb of the command line on rows.</summary>
    internal static (int Code, string Output) Phi4r(string verb, string rows)
    {
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "phi4r.dll"), .. verb.Split(' ')])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
                StandardOutputEncoding = Encoding.UTF8,
            })!;
        var output = process.StandardOutput.ReadToEndAsync();
        process.StandardInput.Write(rows);
        process.StandardInput.Close();
        process.WaitForExit();
        return (process.ExitCode, output.Result);
    }

    private static (int Code, string[] Lines) Echo(string rows)
    {
        using var output = new MemoryStream();
        var code = JsonLinesVerb.Run(new MemoryStream(Encoding.UTF8.GetBytes(rows)), output, Same);
        return (code, Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static void Same(JsonObject row, Utf8JsonWriter writer) =>
        new JsonObject { ["text"] = row.RequiredText("text") }.WriteTo(writer);
}
