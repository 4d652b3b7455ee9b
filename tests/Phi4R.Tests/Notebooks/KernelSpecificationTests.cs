using System.Text.Json.Nodes;
using Phi4R.Notebooks.Jupyter;

namespace Phi4R.Tests.Notebooks;

public sealed class KernelSpecificationTests : IDisposable
{
    private readonly WrittenNotebooks _folder = new();

    [Fact]
    public void Installing_twice_changes_nothing_and_says_so()
    {
        Assert.True(Install("/a/phi4r").Done);
        var (text, time) = (File.ReadAllText(Spec), File.GetLastWriteTimeUtc(Spec));
        var again = Install("/a/phi4r");
        Assert.True(again.Done);
        Assert.Contains("already", again.Message);
        Assert.Equal((text, time), (File.ReadAllText(Spec), File.GetLastWriteTimeUtc(Spec)));
    }

    [Fact]
    public void The_entry_interrupts_by_message_and_points_no_editor_at_another_extension()
    {
        Install("/a/phi4r");
        var json = JsonNode.Parse(File.ReadAllText(Spec))!;
        Assert.Equal(["/a/phi4r", "kernel", "serve", "{connection_file}"],
            ((JsonArray)json["argv"]!).Select(word => (string)word!));
        Assert.Equal("message", (string?)json["interrupt_mode"]);
        Assert.Null(json["metadata"]!["vscode"]);
    }

    [Fact]
    public void Our_own_entry_is_renewed_and_another_programs_only_by_force()
    {
        Install("/a/phi4r");
        Assert.True(Install("/b/phi4r").Done);
        Assert.Contains("/b/phi4r", File.ReadAllText(Spec));

        const string Genuine =
            """{"argv": ["dotnet", "interactive", "jupyter", "{connection_file}"], "display_name": ".NET (C#)", "language": "C#"}""";
        File.WriteAllText(Spec, Genuine);
        var refused = Install("/a/phi4r");
        Assert.False(refused.Done);
        Assert.Contains("--force", refused.Message);
        Assert.Equal(Genuine, File.ReadAllText(Spec));
        Assert.True(KernelSpecification.Install(KernelSpecification.DefaultName, ["/a/phi4r"],
            name => name == ".NET (C#)", _folder.Folder).Done);
    }

    public void Dispose() => _folder.Dispose();

    private string Spec => Path.Combine(_folder.Folder, ".net-csharp", "kernel.json");

    private InstallResult Install(string command) =>
        KernelSpecification.Install(KernelSpecification.DefaultName, [command], _ => false, _folder.Folder);
}
