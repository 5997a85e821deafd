import { IsBoolean, IsIn, IsOptional, IsString, IsUrl } from 'class-validator';
import { Setting } from '#libs/contracts';

const optionalText = () => (prototype: object, key: string) => {
  IsOptional()(prototype, key);
  IsString()(prototype, key);
};

export class RecorderConfig {
  @Setting({ doc: 'Folder for recordings. Unset: `recordings` in the data folder.', env: 'RECORDINGS_DIR' })
  @optionalText()
  folder: string | null = null;

  @Setting({
    doc: 'Samples a second of a recording at most: 8000, 16000 or 24000. It has the better rate of its two tracks, and is not raised to this one.',
  })
  @IsIn([8000, 16_000, 24_000])
  highestSampleRate = 24_000;

  @Setting({
    env: 'RECORDINGS_S3_BUCKET',
    doc: 'Bucket of an S3-compatible store that recordings are moved to when their call is over. Unset: they stay on disk.',
  })
  @optionalText()
  s3Bucket: string | null = null;

  @Setting({ env: 'RECORDINGS_S3_REGION', doc: 'Region of the bucket.' })
  @IsString()
  s3Region = 'us-east-1';

  @Setting({
    env: 'RECORDINGS_S3_ENDPOINT',
    doc: 'Origin of an S3-compatible store that is not Amazon’s, such as `https://minio.example.com`.',
  })
  @IsOptional()
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  s3Endpoint: string | null = null;

  @Setting({
    env: 'RECORDINGS_S3_PATH_STYLE',
    doc: 'The bucket stands in the path and not in the host name, as most stores that are not Amazon’s want it.',
  })
  @IsBoolean()
  s3PathStyle = true;

  @Setting({ env: 'RECORDINGS_S3_PREFIX', doc: 'Stands before the name of each object.' })
  @IsString()
  s3Prefix = 'recordings/';

  @Setting({
    env: 'RECORDINGS_S3_ACCESS_KEY_ID',
    secret: true,
    doc: 'Access key of the store. Unset: found as Amazon’s tools do, in the environment or the machine’s role.',
  })
  @optionalText()
  s3AccessKeyId: string | null = null;

  @Setting({ env: 'RECORDINGS_S3_SECRET_ACCESS_KEY', secret: true, doc: 'Its secret.' })
  @optionalText()
  s3SecretAccessKey: string | null = null;
}
