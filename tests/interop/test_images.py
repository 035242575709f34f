"""Images of nanobragg, opened by fabio, h5py, nxmx and NumPy, hold the same pixels and the same geometry."""

import base64
import hashlib
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import fabio
import h5py
import hdf5plugin  # noqa: F401  registers the filters of the images with h5py
import numpy as np
import nxmx

ROOT = Path(__file__).resolve().parents[2]
NANOBRAGG = ROOT / "target/release/nanobragg"
GOLDEN = ROOT / "golden/expected"

# A tilted detector that is not square, off centre, and a spindle that has moved.
OPTIONS = """-default_F 100 -cell 70 80 90 75 85 95 -misset 10 20 30 -N 5 -lambda 0.9 -distance 120 -pixel 0.2
    -detpixels_f 150 -detpixels_s 110 -Xbeam 8 -Ybeam 17 -detector_roty 7 -detector_rotz 4 -twotheta 6
    -phi 12 -osc 0.5 -phisteps 2 -oversample 1 -roi 5 140 3 100 -fluence 1e28 -seed 7 -noprogress -v""".split()


def run(directory, *words):
    result = subprocess.run([NANOBRAGG, *words], cwd=directory, capture_output=True, text=True)
    if result.returncode:
        raise AssertionError(f"nanobragg {' '.join(map(str, words))}: {result.stderr}")
    return result.stdout


class Rendered(unittest.TestCase):
    """One image in every format."""

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.directory = Path(cls.temporary.name)
        cls.said = run(
            cls.directory, *OPTIONS, *"-cbffile a.cbf -nexusfile a.h5 -npyfile a.npy -tiffile a.tif".split()
        )
        raw = np.fromfile(cls.directory / "floatimage.bin", np.float32)
        cls.photons = raw.reshape(110, 150)
        cls.counts = fabio.open(str(cls.directory / "noiseimage.img")).data.astype(int)
        cls.recorded = np.zeros((110, 150), bool)
        cls.recorded[3:101, 5:141] = True

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def printed(self, label):
        """The numbers behind a label of the classic summary."""
        line = next(line for line in self.said.splitlines() if label in line)
        words = line[line.index(label) + len(label):].strip("= ").split()
        return np.array([float(word) for word in words if word[0] in "-.0123456789"])

    def test_fabio_reads_the_smv_file_and_its_header(self):
        image = fabio.open(str(self.directory / "noiseimage.img"))
        self.assertEqual(image.data.shape, (110, 150))
        self.assertEqual(image.header["SIZE1"], "150")
        self.assertEqual(float(image.header["WAVELENGTH"]), 0.9)
        self.assertEqual(float(image.header["BEAM_CENTER_X"]), 8)
        raw = np.fromfile(self.directory / "noiseimage.img", np.uint16, offset=512)
        np.testing.assert_array_equal(image.data.ravel(), raw)

    def test_fabio_reads_the_cbf_file(self):
        image = fabio.open(str(self.directory / "a.cbf"))
        # SMV counts from 40 on.
        expected = np.where(self.recorded, self.counts - 40, -1)
        np.testing.assert_array_equal(image.data, expected)
        text = image.header["_array_data.header_contents"]
        for line in ["Wavelength 0.9 A", "Start_angle 12 deg.", "Angle_increment 0.5 deg."]:
            self.assertIn(line, text)

    def test_the_checksum_of_a_cbf_file_is_that_of_its_data(self):
        header, data = (self.directory / "a.cbf").read_bytes().split(b"\x0c\x1a\x04\xd5")
        size = int(re.search(rb"X-Binary-Size: (\d+)", header)[1])
        stated = re.search(rb"Content-MD5: (\S+)", header)[1]
        self.assertEqual(stated, base64.b64encode(hashlib.md5(data[:size]).digest()))

    def test_numpy_and_fabio_read_the_float_images(self):
        np.testing.assert_array_equal(np.load(self.directory / "a.npy"), self.photons)
        np.testing.assert_array_equal(fabio.open(str(self.directory / "a.tif")).data, self.photons)

    def test_h5py_reads_the_images_and_the_mask(self):
        with h5py.File(self.directory / "a.h5") as file:
            data = file["entry/data/data"]
            self.assertEqual((data.shape, data.dtype), ((1, 110, 150), np.uint32))
            np.testing.assert_array_equal(data[0], np.where(self.recorded, self.counts - 40, 2**32 - 1))
            np.testing.assert_array_equal(file["entry/instrument/detector/pixel_mask"][()] == 0, self.recorded)

    def test_nxmx_finds_every_pixel_where_the_simulator_put_it(self):
        with h5py.File(self.directory / "a.h5") as file:
            entry = nxmx.NXmx(file).entries[0]
            self.assertEqual((entry.end_time_estimated - entry.start_time).total_seconds(), 1)
            detector = entry.instruments[0].detectors[0]
            module = detector.modules[0]
            self.assertEqual(list(module.data_size), [110, 150])
            beam = entry.instruments[0].beams[0]
            self.assertAlmostEqual(beam.incident_wavelength.to("angstrom").magnitude, 0.9)
            # The detector turns about the beam spot, which stays where -distance puts it.
            self.assertAlmostEqual(detector.distance.to("mm").magnitude, 120)
            chain = nxmx.get_dependency_chain(module.fast_pixel_direction.depends_on)
            origin = nxmx.get_cumulative_transformation(chain)[0, :3, 3]
            fast, slow = module.fast_pixel_direction.vector, module.slow_pixel_direction.vector
            # MOSFLM's x, y, z are NeXus's z, y, -x.
            x, y, z = self.printed("DIRECTION_OF_DETECTOR_X-AXIS")
            np.testing.assert_allclose(fast, [-z, y, x], atol=1e-5)
            x, y, z = self.printed("DIRECTION_OF_DETECTOR_Y-AXIS")
            np.testing.assert_allclose(slow, [-z, y, x], atol=1e-5)
            # DIALS's origin is in the same frame as NeXus but for the signs of x and z.
            dials = self.printed("dials origin")
            np.testing.assert_allclose(origin * [-1, 1, -1], dials, atol=1e-3)
            spindle = nxmx.get_rotation_axes(nxmx.get_dependency_chain(entry.samples[0].depends_on))
            np.testing.assert_allclose(spindle.axes[0], [-1, 0, 0], atol=1e-12)
            np.testing.assert_allclose(spindle.angles, [12])


class Measured(unittest.TestCase):
    """What `nanobragg noise` and `nanobragg sum` write."""

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.directory = Path(self.temporary.name)
        self.photons = GOLDEN / "noise_dim/float.bin"

    def test_noise_is_the_same_in_every_format(self):
        for name in ["a.img", "a.cbf", "a.h5", "a.npy", "a.tif"]:
            run(self.directory, "noise", self.photons, name, "--seed", "271828", "--adc", "40")
        images = [fabio.open(str(self.directory / name)).data for name in ["a.img", "a.cbf", "a.tif"]]
        images.append(np.load(self.directory / "a.npy"))
        with h5py.File(self.directory / "a.h5") as file:
            images.append(file["entry/data/data"][0])
        classic = fabio.open(str(GOLDEN / "noise_dim/noise.img")).data
        for image in images:
            np.testing.assert_array_equal(image, classic)

    def test_others_read_counts_of_20_and_of_32_bits(self):
        photons = np.tile(np.float32([10, 7e4, 5e5, 2e6, 3e7]), (40, 8))
        np.save(self.directory / "in.npy", photons)
        for name in ["a.cbf", "a.h5", "a.npy", "a.tif"]:
            run(self.directory, "noise", "in.npy", name, "--saturation", "1048575", "--dead", "2")
            run(self.directory, "noise", "in.npy", "wide_" + name)
        pilatus = fabio.open(str(self.directory / "a.cbf"))
        dead = pilatus.data == -1
        self.assertTrue(0 < dead.sum() < 80)
        text = pilatus.header["_array_data.header_contents"]
        self.assertIn("Count_cutoff 1048575 counts", text)
        self.assertIn("Simulation noise: --saturation 1048575 --dead 2 --seed 1", text)
        self.assertTrue((pilatus.data[:, 3][~dead[:, 3]] == 1048575).all())
        with h5py.File(self.directory / "a.h5") as file:
            eiger = file["entry/data/data"][0]
            self.assertEqual(eiger.dtype, np.uint32)
            np.testing.assert_array_equal(eiger == 2**32 - 1, dead)
            np.testing.assert_array_equal(eiger[~dead], pilatus.data[~dead])
            detector = nxmx.NXmx(file).entries[0].instruments[0].detectors[0]
            self.assertEqual(detector.saturation_value, 1048575)
            np.testing.assert_array_equal(file["entry/instrument/detector/pixel_mask"][()] != 0, dead)
            process = file["entry/process"]
            self.assertEqual(process["program"][()], b"nanobragg")
            self.assertEqual(process["note/data"][1], b"noise: --saturation 1048575 --dead 2 --seed 1")
        for counts in [np.load(self.directory / "a.npy"), fabio.open(str(self.directory / "a.tif")).data]:
            self.assertEqual(counts.dtype, np.uint32)
            np.testing.assert_array_equal(counts[~dead], pilatus.data[~dead])
        wide = np.load(self.directory / "wide_a.npy").astype(float)
        self.assertLess(np.abs((wide - photons) / np.sqrt(photons)).max(), 6)
        np.testing.assert_array_equal(fabio.open(str(self.directory / "wide_a.cbf")).data, wide)
        np.testing.assert_array_equal(fabio.open(str(self.directory / "wide_a.tif")).data, wide)
        with h5py.File(self.directory / "wide_a.h5") as file:
            np.testing.assert_array_equal(file["entry/data/data"][0], wide)

    def test_every_frame_of_a_stack_is_measured(self):
        photons = np.random.default_rng(3).uniform(0, 50, (3, 40, 60)).astype(np.float32)
        np.save(self.directory / "in.npy", photons)
        for name in ["out.npy", "out.h5", "out_##.cbf"]:
            run(self.directory, "noise", "in.npy", name)
        counts = np.load(self.directory / "out.npy")
        self.assertEqual((counts.shape, counts.dtype), ((3, 40, 60), np.uint32))
        self.assertLess(abs(counts.mean() - photons.mean()), 1)
        with h5py.File(self.directory / "out.h5") as file:
            np.testing.assert_array_equal(file["entry/data/data"], counts)
        for frame in range(3):
            image = fabio.open(str(self.directory / f"out_{frame + 1:02}.cbf"))
            np.testing.assert_array_equal(image.data, counts[frame])

    def test_a_sum_of_numpy_arrays_is_what_numpy_says(self):
        random = np.random.default_rng(1)
        arrays = [random.uniform(0, 1000, (50, 70)).astype(kind) for kind in (np.float32, np.float64, np.uint16)]
        for index, array in enumerate(arrays):
            np.save(self.directory / f"{index}.npy", array)
        run(self.directory, "sum", "0.npy", "1.npy", "2.npy", "-o", "sum.npy")
        expected = sum(array.astype(np.float32).astype(float) for array in arrays).astype(np.float32)
        np.testing.assert_array_equal(np.load(self.directory / "sum.npy"), expected)

    def test_files_of_h5py_and_fabio_are_read(self):
        counts = np.random.default_rng(2).integers(0, 60000, (40, 60)).astype(np.uint32)
        fabio.cbfimage.CbfImage(data=counts.astype(np.int32)).write(str(self.directory / "a.cbf"))
        with h5py.File(self.directory / "b.h5", "w") as file:
            for name, options in [("data_000001", hdf5plugin.Bitshuffle()), ("data_000002", {"compression": "gzip"})]:
                file.create_dataset(f"entry/data/{name}", data=counts[None], chunks=(1, 40, 60), **options)
        for name, expected in [("a.cbf", counts), ("b.h5", np.stack([counts, counts]))]:
            run(self.directory, "sum", name, "-o", "sum.npy")
            np.testing.assert_array_equal(np.load(self.directory / "sum.npy"), expected.astype(np.float32))


if __name__ == "__main__":
    unittest.main()
