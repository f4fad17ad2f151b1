"""Makes the archive that Managed Flink runs: the job, and the SQL of features in it.

    python flink_archive.py JOB SQL ARCHIVE

JOB is what local/flink/set_up.py has made. The same content gives the same bytes.
"""

import os
import shutil
import sys
import zipfile

MOMENT = (1980, 1, 1, 0, 0, 0)


def main(job: str, sql: str, archive: str) -> None:
    making = f"{archive}.{os.getpid()}"
    shutil.copyfile(job, making)
    with open(sql, "rb") as file, zipfile.ZipFile(making, "a") as written:
        written.writestr(zipfile.ZipInfo("features.sql", MOMENT), file.read(), zipfile.ZIP_DEFLATED)
    os.replace(making, archive)


if __name__ == "__main__":
    main(*sys.argv[1:])
