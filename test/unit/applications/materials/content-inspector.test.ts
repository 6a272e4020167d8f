import { describe, expect, it } from "vitest";
import { contentInspector } from "#functions/applications/materials/adapters/content-inspector.ts";
import { bombedPdf, docx, eicar, jpeg, ofd, pdf, png, xlsx, zip } from "#test/support/sample-files.ts";

const WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const inspect = (content: Buffer) => contentInspector.inspect(content);
const file = (name: string, content: Buffer) => ({ name, content });

describe("what a file is by its content", () => {
  it.each([
    ["application/pdf", () => pdf()],
    ["image/png", png],
    ["image/jpeg", jpeg],
    [WORD, docx],
    [SHEET, xlsx],
    ["application/ofd", ofd],
  ] as const)("%s", async (mediaType, make) => {
    expect(await inspect(await make())).toEqual({ mediaType });
  });

  it.each([
    ["a web page", Buffer.from("<!doctype html><script>alert(1)</script>")],
    ["a program", Buffer.concat([Buffer.from("MZ"), Buffer.alloc(512)])],
    ["nothing", Buffer.alloc(0)],
    ["one byte", Buffer.from("%")],
    ["any other archive", zip([file("a.txt", Buffer.from("a"))])],
    ["a document with a macro", docx([file("word/vbaProject.bin", Buffer.from("macro"))])],
    ["a GIF", Buffer.from("GIF89a\x01\x00\x01\x00")],
  ])("%s is none of what can be uploaded", async (_, content) => {
    expect((await inspect(content)).mediaType).toBeUndefined();
  });
});

describe("what harms", () => {
  const malware = { mediaType: undefined, harm: "malware" };
  it.each([
    ["plain", () => eicar],
    ["in a document", () => docx([file("word/media/1.bin", eicar)])],
    ["in an archive in an archive in a document", () => docx([file("a.zip", zip([file("b.txt", eicar)]))])],
    ["attached to a PDF", () => pdf("a contract", eicar)],
    ["in an archive attached to a PDF", () => pdf("a contract", zip([file("b.txt", eicar)]))],
    ["behind an image", () => Buffer.concat([png(), eicar])],
  ])("the EICAR file %s", async (_, make) => {
    expect(await inspect(await make())).toEqual(malware);
  });

  const unreadable = { mediaType: undefined, harm: "unreadable" };
  it.each([
    ["an encrypted archive", () => zip([{ ...file("a.xml", Buffer.from("x")), encrypted: true }])],
    ["an archive cut short", () => docx().subarray(0, 60)],
    ["archives five deep", () => [1, 2, 3, 4, 5].reduce((inner) => zip([file("a.zip", inner)]), docx())],
    ["a name that climbs", () => zip([file("../../etc/passwd", Buffer.from("x"))])],
    ["an image that is a document too", async () => Buffer.concat([png(), docx()])],
    ["an image that is a PDF too", async () => Buffer.concat([jpeg().subarray(0, 20), await pdf()])],
    ["a PDF that is an archive too", async () => Buffer.concat([await pdf(), docx()])],
  ])("%s", async (_, make) => {
    expect(await inspect(await make())).toEqual(unreadable);
  });

  it.each([
    ["a document that inflates to 400 MB", () => docx([1, 2].map((n) => file(`${n}.bin`, Buffer.alloc(200_000_000))))],
    ["one whose sizes are lies", () => docx([{ ...file("1.bin", Buffer.alloc(200_000_000)), claims: 10 }])],
    [
      "many small bombs",
      () => docx(Array.from({ length: 4 }, (_, n) => file(`${n}.zip`, zip([file("z", Buffer.alloc(60_000_000))])))),
    ],
    ["a PDF that inflates to 300 MB", () => bombedPdf(300)],
    ["ten thousand files", () => docx(Array.from({ length: 10_000 }, (_, n) => file(`${n}`, Buffer.alloc(0))))],
  ])("%s, without ever holding much of it", async (_, make) => {
    const content = make();
    const before = process.memoryUsage.rss();
    expect(await inspect(content)).toEqual(unreadable);
    expect(process.memoryUsage.rss() - before).toBeLessThan(500_000_000);
  });
});
