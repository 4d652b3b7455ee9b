using Phi4R.Checkpoints;
using Phi4R.Data;
using Phi4R.Data.Import;
using Phi4R.Foundation;
using Phi4R.Tests.House;

namespace Phi4R.Tests.Foundation;

public sealed class OrdinaryFileTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);
    private readonly string _folder = Project.Scratch();

    [Fact]
    public void A_file_a_link_to_one_and_nothing_at_all_are_let_through()
    {
        var path = Path.Combine(_folder, "file");
        File.WriteAllText(path, "x");
        File.CreateSymbolicLink(path + "-link", path);
        Assert.All(new[] { path, path + "-link", path + "-missing" },
            each => Assert.Equal(each, OrdinaryFile.Checked(each)));
    }

    // Each read on a thread of its own: opening a pipe to which nobody writes does not come back.
    [FactWhere("mkfifo on Linux", "command -v mkfifo", "test -e /proc/self")]
    public void A_pipe_a_device_and_a_folder_are_refused_wherever_a_file_is_read()
    {
        foreach (var (made, kind) in new[]
        {
            ("mkfifo", "a pipe"),
            ("ln -s /dev/zero", "a device"),
            ("mkdir", "a folder"),
        })
        {
            var model = Directory.CreateDirectory(Path.Combine(_folder, kind[2..])).FullName;
            Refused(model, "config.json", made, kind, _ => PretrainedModel.ReadConfig(model));
            Refused(model, "model.safetensors", made, kind, path => SafeTensors.ReadHeader(path));
            Refused(model, "rows.jsonl", made, kind, path => ProblemData.Read(path));
            Refused(model, "rows.csv", made, kind, path => Assert.NotEmpty(RecordFile.Read(path)));
            Refused(model, "rows.parquet", made, kind, path => Assert.NotEmpty(RecordFile.Read(path)));
            Refused(model, "rows.json", made, kind, path => Assert.NotEmpty(RecordFile.Read(path)));
            Refused(model, "problems.jsonl", made, kind, path => Assert.NotEmpty(ProblemFile.Read(path)));
        }
    }

    private static void Refused(string folder, string name, string made, string kind, Action<string> read)
    {
        var path = Path.Combine(folder, name);
        Assert.Equal(0, HouseTests.Bash($"{made} '{path}'").Code);
        var reading = Task.Run(() => read(path));
        Assert.True(Task.WhenAny(reading, Task.Delay(Soon)).Result == reading, $"Reading {path} does not come back.");
        var error = Assert.IsType<AggregateException>(reading.Exception).InnerException!;
        if (!(kind == "a folder" && error is IOException)) // A data set's name is looked for where there is no file.
        {
            Assert.Contains(kind, Assert.IsType<InvalidDataException>(error).Message, StringComparison.Ordinal);
        }
    }
}
