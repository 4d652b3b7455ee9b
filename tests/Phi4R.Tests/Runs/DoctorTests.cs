using System.Runtime.InteropServices;
using Phi4R.Runs;

namespace Phi4R.Tests.Runs;

public sealed class DoctorTests
{
    [Fact]
    public void The_pocket_model_needs_no_file_and_what_fails_says_what_to_do()
    {
        var findings = Doctor.Check();
        Assert.Equal(["platform", ".NET", "libtorch", "device", "memory", "disk", "cores", "kernel", "model",
            "tokenizer", "chat template"], findings.Select(finding => finding.Subject));
        Assert.All(findings, finding => Assert.Equal(finding.Fine, finding.Advice.Length == 0));
        Assert.All(findings.Where(finding => finding.Subject is "model" or "tokenizer" or "chat template"),
            finding => Assert.True(finding.Fine, finding.Found));
    }

    [Theory]
    [InlineData(true, Architecture.X64, true)]
    [InlineData(true, Architecture.Arm64, false)]
    [InlineData(false, Architecture.X64, false)]
    public void The_platform_is_one_that_libtorch_comes_for(bool isLinux, Architecture processor, bool isFine)
    {
        var finding = Doctor.Platform(isLinux, processor);
        Assert.Equal(isFine, finding.Fine);
        Assert.Contains($"{processor}", finding.Found, StringComparison.Ordinal);
        Assert.Contains("--platform linux/amd64", finding.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_part_that_a_model_folder_lacks_is_named()
    {
        var folder = Project.Scratch();
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), "{\"chat_template\": \"x\"}");
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), "{ nonsense");
        var found = Doctor.Check(folder).ToDictionary(finding => finding.Subject);
        Assert.Contains("config.json", found["model"].Found);
        Assert.Contains("tokenizer.json is damaged", found["tokenizer"].Found);
        Assert.Contains("none that is known here", found["chat template"].Found);
        Assert.Contains("neither a folder nor",
            Doctor.Check(Path.Combine(folder, "nowhere")).Single(finding => finding.Subject == "model").Found);
        Assert.All(found.Values.Where(finding => !finding.Fine), finding => Assert.NotEqual("", finding.Advice));
    }
}
